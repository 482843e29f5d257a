package dev.jbuild.store.layer;

import java.io.IOException;

/// What can't be a layer: a file that can't be stored in one, or content that is not what its
/// diffID says.
public final class InvalidLayerException extends IOException {
    private static final long serialVersionUID = 1L;

    public InvalidLayerException(String message) {
        super(message);
    }
}
