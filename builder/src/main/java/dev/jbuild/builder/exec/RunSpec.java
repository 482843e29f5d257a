package dev.jbuild.builder.exec;

import java.nio.file.Path;
import java.util.List;

/// A command and what it sees.
///
/// @param rootfs a directory that is mounted and writable, not in use by another run
/// @param args program and arguments; a program without '/' is searched for in PATH
/// @param env `NAME=value`; PATH and HOME are added if they are missing
/// @param cwd absolute path; made if missing
/// @param hostname also in the generated /etc/hosts
/// @param readOnlyRootfs whether the command may write to its mounts only
public record RunSpec(
        Path rootfs,
        List<String> args,
        List<String> env,
        String cwd,
        User user,
        Network network,
        String hostname,
        List<BindMount> binds,
        List<TmpfsMount> tmpfs,
        Privileges privileges,
        boolean readOnlyRootfs,
        Stdio stdio) {
    public RunSpec {
        args = List.copyOf(args);
        env = List.copyOf(env);
        binds = List.copyOf(binds);
        tmpfs = List.copyOf(tmpfs);
        if (args.isEmpty() || args.getFirst().isEmpty()) {
            throw new IllegalArgumentException("no command to run: the list of arguments is empty");
        }
        args.forEach(arg -> Checks.noNul("argument", arg));
        for (String variable : env) {
            if (variable.indexOf('=') < 1) {
                // The value may be a secret, and here nobody knows where the name ends.
                throw new IllegalArgumentException("invalid environment: not NAME=value");
            }
            Checks.noNul("environment variable", variable);
        }
        Checks.absolute("working directory", cwd);
    }

    /// A command as a RUN step has it: root, the host's network, captured output, no more mounts.
    public static RunSpec of(Path rootfs, List<String> args) {
        return new RunSpec(
                rootfs,
                args,
                List.of(),
                "/",
                User.ROOT,
                Network.HOST,
                "jbuild",
                List.of(),
                List.of(),
                Privileges.DEFAULT,
                false,
                Stdio.CAPTURED);
    }
}
