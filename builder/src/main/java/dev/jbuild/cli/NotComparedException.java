package dev.jbuild.cli;

import java.io.IOException;

/// Images could not be compared: of `diff`, whose exit code tells that from images that differ.
final class NotComparedException extends IOException {
    private static final long serialVersionUID = 1L;

    NotComparedException(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
