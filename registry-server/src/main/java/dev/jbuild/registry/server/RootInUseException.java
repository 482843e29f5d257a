package dev.jbuild.registry.server;

import java.nio.file.Path;

/// Another process has the root.
public final class RootInUseException extends ServerStartException {
    private static final long serialVersionUID = 1L;

    RootInUseException(Path directory) {
        super(
                "'"
                        + directory
                        + "' is in use by another registry server; stop that one, or choose another"
                        + " --root");
    }
}
