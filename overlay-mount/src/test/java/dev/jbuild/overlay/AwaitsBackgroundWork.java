package dev.jbuild.overlay;

import org.junit.jupiter.api.AfterEach;

/// For tests whose directories are removed at their end: until then a snapshotter may still note
/// there what has reached the disk.
interface AwaitsBackgroundWork {
    @AfterEach
    default void background_work_has_ended() throws InterruptedException {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("snapshots-to-disk")) {
                thread.join();
            }
        }
    }
}
