package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Tells the operator of content that the index has and that can't be read back. Clients are told
/// that it isn't here, so that they push it again, which brings it back. However many ask, each
/// digest is told of once a minute. Safe for use by several threads.
final class LostContent implements Consumer<Digest> {
    private static final int MOST = 4096;
    static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Consumer<Exception> failures;
    private final LongSupplier nanos;
    private final Map<Digest, Long> told = new ConcurrentHashMap<>();

    LostContent(Consumer<Exception> failures, LongSupplier nanos) {
        this.failures = failures;
        this.nanos = nanos;
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

    private boolean isNews(Digest digest) {
        long now = nanos.getAsLong();
        if (told.size() >= MOST) {
            told.clear();
        }
        Long before = told.get(digest);
        if (before == null) {
            return told.putIfAbsent(digest, now) == null;
        }
        return now - before >= QUIET_NANOS && told.replace(digest, before, now);
    }

    private void tell(Digest digest, String what) {
        if (!isNews(digest)) {
            return;
        }
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
