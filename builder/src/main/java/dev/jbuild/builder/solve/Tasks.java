package dev.jbuild.builder.solve;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Where straight-line code forks: runs tasks side by side on virtual threads.
public final class Tasks {
    private Tasks() {}

    /// Runs all tasks; the results are in the order of the tasks. At the first failure the others
    /// are interrupted, waited for, and the failure is thrown. No task outlives the call.
    public static <T> List<T> all(List<? extends Callable<T>> tasks) throws Exception {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            ExecutorCompletionService<T> done = new ExecutorCompletionService<>(executor);
            List<Future<T>> futures = new ArrayList<>();
            for (Callable<T> task : tasks) {
                futures.add(done.submit(task));
            }
            try {
                for (int i = 0; i < futures.size(); i++) {
                    done.take().get();
                }
            } catch (ExecutionException e) {
                executor.shutdownNow();
                throw e.getCause() instanceof Exception cause ? cause : e;
            } catch (InterruptedException e) {
                executor.shutdownNow();
                throw e;
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.resultNow());
            }
            return results;
        }
    }
}
