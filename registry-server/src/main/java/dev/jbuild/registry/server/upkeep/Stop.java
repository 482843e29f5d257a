package dev.jbuild.registry.server.upkeep;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A request to end work in the background after its present step. Work is not interrupted: that
/// would close files and fail transactions in the middle.
public final class Stop {
    private final CountDownLatch asked = new CountDownLatch(1);

    public void ask() {
        asked.countDown();
    }

    public boolean isAsked() {
        return asked.getCount() == 0;
    }

    /// Waits so long, or until it is asked for.
    ///
    /// @return whether to go on
    boolean pause(long nanos) throws InterruptedException {
        return !asked.await(nanos, TimeUnit.NANOSECONDS);
    }
}
