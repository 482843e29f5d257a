package dev.jbuild.registry.server.netty;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Certificate or key can't be used; the message says which and why.
public final class TlsException extends IOException {
    private static final long serialVersionUID = 1L;

    TlsException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
