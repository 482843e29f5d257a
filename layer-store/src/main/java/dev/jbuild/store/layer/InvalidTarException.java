package dev.jbuild.store.layer;

import java.io.IOException;

/// A tar that can't be read, or must not be trusted. The message names the entry and its offset in
/// the uncompressed stream.
public final class InvalidTarException extends IOException {
    private static final long serialVersionUID = 1L;

    public InvalidTarException(String message) {
        super(message);
    }
}
