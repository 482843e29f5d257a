package dev.jbuild.registry.server.storage;

import java.io.IOException;

/// A chunk that doesn't begin where the upload ends.
public final class OutOfOrderException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long size;

    public OutOfOrderException(long start, long size) {
        super(
                "the chunk starts at byte "
                        + start
                        + ", but the upload has "
                        + size
                        + " bytes, so the next chunk starts at "
                        + size);
        this.size = size;
    }

    /// The bytes that the upload has.
    public long size() {
        return size;
    }
}
