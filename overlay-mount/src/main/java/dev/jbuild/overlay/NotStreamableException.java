package dev.jbuild.overlay;

import java.io.IOException;

/// What a [LayerCopier] is asked for depends on more than the entries of the layers below tell: do
/// it in a snapshot, with a [TreeCopier].
public final class NotStreamableException extends IOException {
    private static final long serialVersionUID = 1L;

    NotStreamableException(Throwable cause) {
        super(cause.getMessage(), cause);
    }
}
