package dev.jbuild.signing;

import java.io.IOException;

/// A key that can't be read: no key, a kind that is not supported, or the wrong passphrase. The
/// message never quotes the file.
public final class KeyFileException extends IOException {
    private static final long serialVersionUID = 1L;

    public KeyFileException(String message) {
        super(message);
    }

    public KeyFileException(String message, Throwable cause) {
        super(message, cause);
    }
}
