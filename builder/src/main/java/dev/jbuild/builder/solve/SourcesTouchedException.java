package dev.jbuild.builder.solve;

import java.io.IOException;

/// Something about the sources changed, if only a time, while they were copied and hashed on the
/// way: what they were can't be told any more.
final class SourcesTouchedException extends IOException {
    private static final long serialVersionUID = 1L;

    SourcesTouchedException() {
        super("the sources changed while they were copied");
    }
}
