package dev.jbuild.registry.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/// Runs transfers side by side on virtual threads, so many at a time.
final class Parallel {
    private final Semaphore slots;

    Parallel(int most) {
        slots = new Semaphore(most);
    }

    /// Runs all tasks. At the first failure the others are interrupted, waited for, and the failure
    /// is thrown. No task outlives the call.
    void run(List<? extends Task> tasks) throws IOException, InterruptedException {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            ExecutorCompletionService<Void> done = new ExecutorCompletionService<>(executor);
            try {
                List<Object> submitted = new ArrayList<>();
                for (Task task : tasks) {
                    submitted.add(done.submit(limited(task)));
                }
                for (int i = 0; i < submitted.size(); i++) {
                    done.take().get();
                }
            } catch (ExecutionException e) {
                executor.shutdownNow();
                throw failure(e);
            } catch (InterruptedException e) {
                executor.shutdownNow();
                throw e;
            }
        }
    }

    private Callable<Void> limited(Task task) {
        return () -> {
            slots.acquire();
            try {
                task.run();
            } finally {
                slots.release();
            }
            return null;
        };
    }

    private static IOException failure(ExecutionException e) throws InterruptedException {
        return switch (e.getCause()) {
            case IOException cause -> cause;
            case InterruptedException cause -> throw cause;
            case RuntimeException cause -> throw cause;
            case Error cause -> throw cause;
            case null, default -> new IOException(e.getCause());
        };
    }

    @FunctionalInterface
    interface Task {
        void run() throws IOException, InterruptedException;
    }
}
