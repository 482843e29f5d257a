package dev.jbuild.registry.client.transport;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// Holds back all requests to a registry that asked for a pause, so that its clients slow down
/// together. Safe for use by several threads.
final class Pace {
    /// A moment of `System.nanoTime`.
    private final AtomicLong notBefore = new AtomicLong(System.nanoTime());

    void pause(Duration duration) {
        long until = System.nanoTime() + duration.toNanos();
        notBefore.accumulateAndGet(until, (old, wanted) -> wanted - old > 0 ? wanted : old);
    }

    void await() throws InterruptedException {
        long left = notBefore.get() - System.nanoTime();
        if (left > 0) {
            Thread.sleep(Duration.ofNanos(left));
        }
    }
}
