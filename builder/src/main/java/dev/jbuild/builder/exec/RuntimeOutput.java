package dev.jbuild.builder.exec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Keeps the runtime's own messages out of the program's output, which is on the same stream: a
/// runtime that fails writes into its log, too, what it says, and then there is no program's
/// output. It may write the log a moment after the line, so the first line waits that moment. Used
/// by one thread at a time.
final class RuntimeOutput implements OutputSink {
    private static final int MOST_MESSAGES = 8; // no program has run before these

    private static final int LOG_DELAY_MILLIS = 40;
    private static final int LOG_POLL_MILLIS = 4;

    private final Bundle bundle;
    private final OutputSink program;
    private int lines;
    private @Nullable String first;

    RuntimeOutput(Bundle bundle, OutputSink program) {
        this.bundle = bundle;
        this.program = program;
    }

    @Override
    public void line(String line) {
        if (lines++ < MOST_MESSAGES) {
            if (first == null) {
                first = line;
                awaitLog();
            }
            if (isMessage()) {
                return;
            }
        }
        program.line(line);
    }

    /// The first line of all, which may be a message of what comes before the runtime.
    Optional<String> first() {
        return Optional.ofNullable(first);
    }

    private void awaitLog() {
        try {
            for (int waited = 0;
                    waited < LOG_DELAY_MILLIS && !isMessage();
                    waited += LOG_POLL_MILLIS) {
                Thread.sleep(LOG_POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isMessage() {
        try {
            return bundle.error().isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
