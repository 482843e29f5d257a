package dev.jbuild.store;

import java.io.IOException;
import java.time.Instant;

/// Keeps new openers out of a store until it is closed, so that what nobody uses can be told from
/// what a living process may rely on.
///
/// A process notes what it uses, by the time of last use, when it uses it or at most
/// [DirectoryBlobStore#RENEWAL] before. So what was not used since the first of the others came,
/// less that, none of them has found to be here; and no other comes meanwhile.
public final class EntryHold implements AutoCloseable {
    private static final int CLOCKS_DIFFER_SECONDS = 60;

    private final ProcessLock lock;
    private final Instant unusedSince;

    private EntryHold(ProcessLock lock, Instant unusedSince) {
        this.lock = lock;
        this.unusedSince = unusedSince;
    }

    /// Waits for the lock.
    static EntryHold take(TempSpace temp) throws IOException {
        ProcessLock lock = temp.lockEntry();
        try {
            Instant unusedSince = Instant.now();
            for (Instant came : temp.othersSince()) {
                Instant used =
                        came.minus(DirectoryBlobStore.RENEWAL).minusSeconds(CLOCKS_DIFFER_SECONDS);
                unusedSince = used.isBefore(unusedSince) ? used : unusedSince;
            }
            return new EntryHold(lock, unusedSince);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /// What was last used before then, no other process relies on. Now, if there is no other.
    public Instant unusedSince() {
        return unusedSince;
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
