package dev.jbuild.builder.exec;

import java.io.IOException;

/// The runtime ended before the program was started. The message holds that of the runtime.
public final class RuntimeFailedException extends IOException {
    private static final long serialVersionUID = 1L;

    RuntimeFailedException(String message) {
        super(message);
    }
}
