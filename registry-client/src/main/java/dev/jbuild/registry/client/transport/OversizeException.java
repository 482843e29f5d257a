package dev.jbuild.registry.client.transport;

import java.io.IOException;

/// A response that is larger than it may be.
public final class OversizeException extends IOException {
    private static final long serialVersionUID = 1L;

    /// @param most bytes
    public OversizeException(long most) {
        super("the answer is larger than the " + most + " bytes it may have");
    }
}
