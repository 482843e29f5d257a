package dev.jbuild.registry.server.reload;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What some files mean together. A thread of its own looks at them twice a second and reads them
/// again when they have changed and stayed the same since it looked before, so that two that are
/// renewed one after the other are not taken for a pair in between. A version that can't be used is
/// told of, and the one before stays. Safe for use by several threads.
public final class Reloaded<T> implements AutoCloseable {
    private static final long LOOK_MILLIS = 400;

    private final List<Path> files;
    private final Reading<T, ?> reading;
    private final Consumer<Exception> failures;
    private final Thread watcher;
    private volatile T value;
    private volatile boolean closed;

    /// Reads the files and says what they mean.
    public interface Reading<T, E extends Exception> {
        T read() throws IOException, E;
    }

    private Reloaded(
            List<Path> files,
            Reading<T, ?> reading,
            T value,
            List<Object> state,
            Consumer<Exception> failures) {
        this.files = files;
        this.reading = reading;
        this.value = value;
        this.failures = failures;
        this.watcher = Thread.ofVirtual().name("reload").unstarted(() -> watch(state));
    }

    /// Reads the files for the first time, and whenever they change until it is closed.
    ///
    /// @param failures told once of each version that can't be used
    /// @throws E if they are not as they have to be
    public static <T, E extends Exception> Reloaded<T> open(
            List<Path> files, Reading<T, E> reading, Consumer<Exception> failures)
            throws IOException, E {
        List<Object> state = state(files);
        Reloaded<T> reloaded =
                new Reloaded<>(List.copyOf(files), reading, reading.read(), state, failures);
        reloaded.watcher.start();
        return reloaded;
    }

    /// Never waits.
    public T value() {
        return value;
    }

    @Override
    public void close() {
        closed = true;
        watcher.interrupt();
    }

    private void watch(List<Object> initial) {
        List<Object> used = initial;
        List<Object> told = List.of();
        List<Object> before = initial;
        while (pause()) {
            List<Object> found = state(files);
            boolean settled = found.equals(before);
            before = found;
            if (!settled || found.equals(used)) {
                continue;
            }
            Exception failure = read();
            if (failure == null) {
                used = found;
                told = List.of();
            } else if (!found.equals(told) && !closed) {
                told = found; // and tried again, for it may be the disk's fault
                failures.accept(failure);
            }
        }
    }

    private boolean pause() {
        try {
            Thread.sleep(LOOK_MILLIS);
            return !closed;
        } catch (InterruptedException _) {
            return false;
        }
    }

    private @Nullable Exception read() {
        try {
            value = reading.read();
            return null;
        } catch (Exception e) {
            String problem =
                    e instanceof FileSystemException
                            ? e.toString()
                            : String.valueOf(e.getMessage());
            return new IOException(
                    "a change of "
                            + names()
                            + " is not used, what was there before stays: "
                            + problem,
                    e.getCause());
        }
    }

    private String names() {
        return String.join(", ", files.stream().map(file -> "'" + file + "'").toList());
    }

    private static List<Object> state(List<Path> files) {
        List<Object> state = new ArrayList<>();
        for (Path file : files) {
            try {
                BasicFileAttributes attributes =
                        Files.readAttributes(file, BasicFileAttributes.class);
                @Nullable Object key = attributes.fileKey();
                state.add(attributes.lastModifiedTime());
                state.add(attributes.size());
                state.add(key == null ? "" : key);
            } catch (IOException _) {
                state.add("not there");
            }
        }
        return state;
    }
}
