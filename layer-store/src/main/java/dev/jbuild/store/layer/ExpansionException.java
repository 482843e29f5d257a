package dev.jbuild.store.layer;

import java.io.IOException;

/// Compressed content that decompresses to more than [ArchiveLimits] allow.
public final class ExpansionException extends IOException {
    private static final long serialVersionUID = 1L;

    public ExpansionException(String message) {
        super(message);
    }
}
