package dev.jbuild.dockerfile.fuzz;

import dev.jbuild.dockerfile.DockerfileException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What must be true whatever the input is. Throws an [AssertionError] if it isn't, which the
/// fuzzer reports with the input.
final class Property {
    private static final Duration SLOW = Duration.ofSeconds(5);
    private static final int MOST_RENDERED = 20_000;

    private Property() {}

    static void holds(boolean condition, String property) {
        if (!condition) {
            throw new AssertionError("not true: " + property);
        }
    }

    static void same(@Nullable Object expected, @Nullable Object actual, String property) {
        if (expected == null || !expected.equals(actual)) {
            throw new AssertionError("not true: " + property + ": " + expected + ", " + actual);
        }
    }

    /// Ends within seconds. A machine may be busy, so that only what is slow twice counts.
    static void endsSoon(Runnable work) {
        if (time(work).compareTo(SLOW) > 0) {
            Duration again = time(work);
            holds(again.compareTo(SLOW) <= 0, "it ends soon, and not after " + again);
        }
    }

    private static Duration time(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /// An error that names what is wrong and lines of the file, in a text that is not much
    /// longer than the file and that doesn't steer a terminal.
    static void wellSaid(DockerfileException e, int size, int lines) {
        holds(!e.problem().isEmpty(), "an error says what is wrong");
        e.range().ifPresent(r -> holds(r.lastLine() <= lines, "an error's lines are the file's"));
        String rendered = e.render();
        holds(rendered.length() <= MOST_RENDERED, "a message is not endless: " + size);
        rendered.chars().forEach(Property::plain);
    }

    private static void plain(int c) {
        holds(
                c == '\n' || c == '\t' || !Character.isISOControl(c),
                "a message has no control characters: " + c);
    }
}
