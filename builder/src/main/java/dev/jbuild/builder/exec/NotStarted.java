package dev.jbuild.builder.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Says why a program could not be executed, in the same words for every runtime.
final class NotStarted {
    private static final int MISSING = 127; // as a shell
    private static final int REFUSED = 126;

    private NotStarted() {}

    /// @param message the runtime's
    static ProgramNotStartedException explain(RunSpec spec, String message) throws IOException {
        String program = spec.args().getFirst();
        if (program.contains("/")) {
            String path = program.startsWith("/") ? program : spec.cwd() + "/" + program;
            if (!Files.exists(RootfsPath.resolve(spec.rootfs(), path))) {
                return missing(
                        "'" + program + "' is not in the image; is it built from a base image?");
            }
            return new ProgramNotStartedException(
                    "'"
                            + program
                            + "' can't be executed: "
                            + message
                            + " (is it executable, for this architecture, and is the interpreter"
                            + " that it names in the image?)",
                    REFUSED);
        }
        String path =
                spec.env().stream()
                        .filter(variable -> variable.startsWith("PATH="))
                        .map(variable -> variable.substring("PATH=".length()))
                        .findFirst()
                        .orElse(RuntimeConfig.DEFAULT_PATH);
        for (String directory : List.of(path.split(":"))) {
            Path file = RootfsPath.resolve(spec.rootfs(), directory + "/" + program);
            if (Files.exists(file)) {
                return new ProgramNotStartedException(
                        "'" + program + "' can't be executed: " + message, REFUSED);
            }
        }
        return missing("'" + program + "' is not in the image's PATH '" + path + "'");
    }

    private static ProgramNotStartedException missing(String message) {
        return new ProgramNotStartedException(message, MISSING);
    }
}
