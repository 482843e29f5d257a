package dev.jbuild.cli;

/// Turns SIGINT and SIGTERM into an interrupt of the thread that works, so that it cleans up what
/// it opened, and waits for it to be done.
final class Interruption implements AutoCloseable {
    private final Thread worker;
    private final Thread hook;
    private volatile boolean interrupted;
    private volatile boolean closed;

    private Interruption(Thread worker) {
        this.worker = worker;
        this.hook = new Thread(this::interruptAndWait, "interruption");
    }

    static Interruption ofThisThread() {
        Interruption interruption = new Interruption(Thread.currentThread());
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    /// Whether the user stopped the command.
    boolean happened() {
        return interrupted;
    }

    @Override
    public void close() {
        closed = true;
    }

    private void interruptAndWait() {
        interrupted = true;
        worker.interrupt();
        try {
            for (int tries = 0; !closed && tries < 100; tries++) {
                Thread.sleep(50);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
