package dev.jbuild.builder.exec;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A runtime on this host, and how it is called.
record OciRuntime(Kind kind, Path program) {
    private static final List<Path> DIRECTORIES =
            List.of(
                    Path.of("/usr/local/sbin"),
                    Path.of("/usr/local/bin"),
                    Path.of("/usr/sbin"),
                    Path.of("/usr/bin"),
                    Path.of("/sbin"),
                    Path.of("/bin"));

    /// In the order of preference: crun starts a container in a third of runc's time.
    enum Kind {
        CRUN("crun"),
        RUNC("runc");

        private final String program;

        Kind(String program) {
            this.program = program;
        }

        String program() {
            return program;
        }
    }

    /// Those installed, the preferred first.
    static List<OciRuntime> installed() {
        List<OciRuntime> found = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            DIRECTORIES.stream()
                    .map(directory -> directory.resolve(kind.program))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .ifPresent(program -> found.add(new OciRuntime(kind, program)));
        }
        return found;
    }

    /// The command that runs a bundle to its end.
    List<String> command(Bundle bundle) {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.addAll(List.of("--root", bundle.state().toString()));
        command.addAll(List.of("--log", bundle.log().toString(), "--log-format", "json"));
        command.add(
                switch (kind) {
                    case CRUN -> "--cgroup-manager=disabled";
                    case RUNC -> "--rootless=true"; // goes on without cgroups, see enter.sh
                });
        command.addAll(List.of("run", "--bundle", bundle.directory().toString()));
        command.addAll(List.of("--pid-file", bundle.pidFile().toString(), bundle.id()));
        return command;
    }
}
