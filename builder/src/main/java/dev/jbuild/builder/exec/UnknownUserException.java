package dev.jbuild.builder.exec;

import java.io.IOException;

/// A user or group is named that the root file system does not have.
public final class UnknownUserException extends IOException {
    private static final long serialVersionUID = 1L;

    UnknownUserException(String message) {
        super(message);
    }
}
