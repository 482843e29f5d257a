package dev.jbuild.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;

/// Where a command prints, and what surrounds it. Results go to standard output, all that is said
/// about the work to standard error.
///
/// @param environment of the process
/// @param terminal whether a person is watching standard error
record Console(
        PrintStream out, PrintStream err, Map<String, String> environment, boolean terminal) {

    /// The process's own streams, buffered: [#flush] before the end.
    static Console system() {
        Map<String, String> environment = System.getenv();
        return new Console(
                stream(FileDescriptor.out, false),
                stream(FileDescriptor.err, true),
                environment,
                "1".equals(environment.get("JBUILD_TERMINAL")));
    }

    Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
    }

    void flush() {
        out.flush();
        err.flush();
    }

    private static PrintStream stream(FileDescriptor descriptor, boolean autoFlush) {
        return new PrintStream(
                new BufferedOutputStream(new FileOutputStream(descriptor), 8192), autoFlush, UTF_8);
    }
}
