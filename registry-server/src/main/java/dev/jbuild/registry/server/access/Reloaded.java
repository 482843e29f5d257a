package dev.jbuild.registry.server.access;

import dev.jbuild.registry.server.yaml.YamlException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A file that may change at any time. What it means is read again within a second; a version with
/// an error is told of, and the one before stays. Safe for use by several threads.
final class Reloaded<T> {
    private static final long LOOK_NANOS = 1_000_000_000L;

    private final Path file;
    private final Reading<T> reading;
    private final Consumer<Exception> failures;
    private volatile T value;
    private List<Object> state;
    private long looked = System.nanoTime();

    interface Reading<T> {
        T of(String name, byte[] content) throws YamlException;
    }

    /// Reads the file for the first time.
    ///
    /// @param failures told once of each version that can't be read
    Reloaded(Path file, Reading<T> reading, Consumer<Exception> failures)
            throws IOException, YamlException {
        this.file = file;
        this.reading = reading;
        this.failures = failures;
        this.state = state();
        this.value = read();
    }

    T value() {
        refresh();
        return value;
    }

    private synchronized void refresh() {
        long now = System.nanoTime();
        if (now - looked < LOOK_NANOS) {
            return;
        }
        looked = now;
        List<Object> found = state();
        if (found.equals(state)) {
            return;
        }
        state = found;
        try {
            value = read();
        } catch (IOException e) {
            state = List.of(); // it may be readable the next time, and no other
            failures.accept(e);
        } catch (YamlException e) {
            failures.accept(e);
        }
    }

    private T read() throws IOException, YamlException {
        return reading.of(file.toString(), Files.readAllBytes(file));
    }

    private List<Object> state() {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            @Nullable Object key = attributes.fileKey();
            return List.of(
                    attributes.lastModifiedTime(), attributes.size(), key == null ? "" : key);
        } catch (IOException _) {
            return List.of("not there");
        }
    }
}
