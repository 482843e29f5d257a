package dev.jbuild.builder.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Which of the installed runtimes works on this host: found by one trial, and remembered in a file
/// for as long as kernel, runtimes and kind of user stay the same. Thread-safe.
final class RuntimeChoice {
    /// Runs a container of a program that does nothing.
    @FunctionalInterface
    interface Trial {
        /// @return why the runtime does not work, or empty if it does
        Optional<String> tryOut(OciRuntime runtime) throws IOException, InterruptedException;
    }

    private static final String REMEDY = "install one: apt-get install crun (or runc)";

    private final List<OciRuntime> installed;
    private final Path memo;
    private final Path temporary;
    private final String circumstances;
    private final Trial trial;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable OciRuntime chosen;

    /// @param memo the file that remembers the choice
    /// @param temporary where the file is written before it takes its place
    /// @param circumstances what the choice depends on beside the runtimes
    RuntimeChoice(
            List<OciRuntime> installed,
            Path memo,
            Path temporary,
            String circumstances,
            Trial trial) {
        this.installed = List.copyOf(installed);
        this.memo = memo;
        this.temporary = temporary;
        this.circumstances = circumstances;
        this.trial = trial;
    }

    /// @throws NoRuntimeException if none works
    OciRuntime get() throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            OciRuntime runtime = chosen;
            if (runtime == null) {
                Optional<OciRuntime> remembered = remembered();
                runtime = remembered.isPresent() ? remembered.get() : tryAll();
                chosen = runtime;
            }
            return runtime;
        } finally {
            lock.unlock();
        }
    }

    /// Tries all once more, because the runtime that was chosen failed.
    ///
    /// @throws NoRuntimeException if none works
    OciRuntime again() throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            chosen = null;
            Files.deleteIfExists(memo);
            OciRuntime runtime = tryAll();
            chosen = runtime;
            return runtime;
        } finally {
            lock.unlock();
        }
    }

    private OciRuntime tryAll() throws IOException, InterruptedException {
        if (installed.isEmpty()) {
            throw new NoRuntimeException(
                    "no OCI runtime on this host, looked for crun and runc; " + REMEDY);
        }
        List<String> failures = new ArrayList<>();
        for (OciRuntime runtime : installed) {
            Optional<String> failure = trial.tryOut(runtime);
            if (failure.isEmpty()) {
                remember(runtime);
                return runtime;
            }
            failures.add(runtime.program() + ": " + failure.get());
        }
        throw new NoRuntimeException(
                "no OCI runtime works on this host, tried "
                        + String.join("; ", failures)
                        + "; "
                        + REMEDY);
    }

    private Optional<OciRuntime> remembered() throws IOException {
        if (!Files.isRegularFile(memo)) {
            return Optional.empty();
        }
        String text = Files.readString(memo);
        for (OciRuntime runtime : installed) {
            if (text.equals(memo(runtime))) {
                return Optional.of(runtime);
            }
        }
        return Optional.empty();
    }

    private void remember(OciRuntime runtime) throws IOException {
        Files.createDirectories(memo.toAbsolutePath().getParent());
        Files.createDirectories(temporary);
        Path fresh = Files.createTempFile(temporary, "runtime", null);
        Files.writeString(fresh, memo(runtime));
        Files.move(fresh, memo, StandardCopyOption.ATOMIC_MOVE);
    }

    /// The content of the file: all that the choice depends on, and the choice.
    private String memo(OciRuntime choice) throws IOException {
        StringBuilder text = new StringBuilder(circumstances).append('\n');
        for (OciRuntime runtime : installed) {
            text.append("installed ")
                    .append(runtime.program())
                    .append(' ')
                    .append(Files.size(runtime.program()))
                    .append(' ')
                    .append(Files.getLastModifiedTime(runtime.program()))
                    .append('\n');
        }
        return text.append("works ").append(choice.program()).append('\n').toString();
    }
}
