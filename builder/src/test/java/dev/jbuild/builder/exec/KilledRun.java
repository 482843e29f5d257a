package dev.jbuild.builder.exec;

import java.nio.file.Path;
import java.util.List;

/// The JVM that [KillIT] kills, and sends signals to.
final class KilledRun {
    private KilledRun() {}

    /// @param args directory for temporary files, root file system, name of the [Stdio], command
    public static void main(String[] args) throws Exception {
        Path temporary = Path.of(args[0]);
        List<String> command = List.of(args).subList(3, args.length);
        RunSpec spec = RunSpec.of(Path.of(args[1]), command);
        int code =
                OciCommandRunner.create(temporary, temporary.resolve("memo"))
                        .run(
                                new RunSpec(
                                        spec.rootfs(),
                                        spec.args(),
                                        List.of("SECRET=" + KillIT.SECRET),
                                        spec.cwd(),
                                        spec.user(),
                                        spec.network(),
                                        spec.hostname(),
                                        spec.binds(),
                                        spec.tmpfs(),
                                        spec.privileges(),
                                        spec.readOnlyRootfs(),
                                        Stdio.valueOf(args[2])),
                                _ -> {});
        System.exit(code);
    }
}
