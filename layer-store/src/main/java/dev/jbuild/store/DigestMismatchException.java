package dev.jbuild.store;

import dev.jbuild.oci.Digest;
import java.io.IOException;

/// Content that is not what its digest promised.
public final class DigestMismatchException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Digest expected;
    private final transient Digest actual;

    public DigestMismatchException(Digest expected, Digest actual) {
        super(
                "content of "
                        + expected
                        + " hashes to "
                        + actual
                        + ": it was damaged or tampered with");
        this.expected = expected;
        this.actual = actual;
    }

    public Digest expected() {
        return expected;
    }

    public Digest actual() {
        return actual;
    }
}
