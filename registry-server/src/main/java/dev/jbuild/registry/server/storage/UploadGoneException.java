package dev.jbuild.registry.server.storage;

import java.io.IOException;

/// An upload that was finished, cancelled or has expired.
public final class UploadGoneException extends IOException {
    private static final long serialVersionUID = 1L;

    public UploadGoneException(String id) {
        super("the upload '" + id + "' is not there any more; start a new one");
    }
}
