package dev.jbuild.oci;

import java.io.IOException;

/// Bytes that are no JSON, or JSON that isn't the document it should be. The message names the
/// member.
public final class InvalidJsonException extends IOException {
    private static final long serialVersionUID = 1L;

    public InvalidJsonException(String message) {
        super(message);
    }

    public InvalidJsonException(String message, Throwable cause) {
        super(message, cause);
    }
}
