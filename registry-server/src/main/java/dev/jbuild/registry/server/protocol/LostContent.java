package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.util.function.Consumer;

/// Tells the operator of content that the index has and that can't be read back. Clients are told
/// that it isn't here, so that they push it again, which brings it back.
final class LostContent implements Consumer<Digest> {
    private final Consumer<Exception> failures;

    LostContent(Consumer<Exception> failures) {
        this.failures = failures;
    }

    /// Its file is gone, or has another length.
    @Override
    public void accept(Digest digest) {
        tell(digest, "is lost: its file is gone or has another length");
    }

    /// Its file has other bytes.
    void damaged(Digest digest) {
        tell(digest, "is damaged: its file has other bytes");
    }

    private void tell(Digest digest, String what) {
        failures.accept(
                new IOException(
                        "the content of "
                                + digest
                                + " "
                                + what
                                + "; the next push of it brings it back, and jbuild registry scrub"
                                + " tells what else is lost"));
    }
}
