package dev.jbuild.builder.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Runs commands in containers of crun or runc, whichever works here. The JVM has to be in a mount
/// namespace of its own, as root of the machine or of a user namespace with a full map of ids: the
/// launcher sees to that.
public final class OciCommandRunner implements CommandRunner {
    /// How the runtimes speak of a program that is missing or that the kernel refuses.
    private static final Pattern NOT_EXECUTED =
            Pattern.compile(
                    "(?:^|: )(?:exec: |exec /|exec container process|open executable|executable"
                            + " file )");
    private static final long LEAST_SPACE = 256 << 10;
    private static final String CONFIGURATION = "1"; // to be raised when the trial's would change

    private final Path temporary;
    private final Host host;
    private final NetworkFiles network;
    private final RuntimeChoice choice;

    private OciCommandRunner(
            Path temporary,
            Path memo,
            Host host,
            NetworkFiles network,
            List<OciRuntime> installed) {
        this.temporary = temporary;
        this.host = host;
        this.network = network;
        String circumstances =
                "configuration "
                        + CONFIGURATION
                        + ", kernel "
                        + System.getProperty("os.version")
                        + (host.userNamespace() ? ", user namespace" : ", root");
        this.choice = new RuntimeChoice(installed, memo, temporary, circumstances, this::tryOut);
    }

    /// @param temporary a directory for the files of a run, each removed at its end; whoever owns
    ///     it sweeps what a killed process left there
    /// @param memo a file that remembers which runtime works, made when first needed
    public static OciCommandRunner create(Path temporary, Path memo) throws IOException {
        return create(temporary, memo, OciRuntime.installed());
    }

    static OciCommandRunner create(Path temporary, Path memo, List<OciRuntime> installed)
            throws IOException {
        return new OciCommandRunner(
                temporary.toAbsolutePath(), memo, Host.current(), NetworkFiles.ofHost(), installed);
    }

    @Override
    public int run(RunSpec spec, OutputSink out) throws IOException, InterruptedException {
        try {
            return runWithEither(spec, out);
        } catch (NoRuntimeException | RuntimeFailedException e) {
            throw isFull(temporary) ? full(e) : e;
        }
    }

    private int runWithEither(RunSpec spec, OutputSink out)
            throws IOException, InterruptedException {
        OciRuntime runtime = choice.get();
        try {
            return run(runtime, spec, out);
        } catch (RuntimeFailedException e) {
            OciRuntime other = choice.again();
            if (other.equals(runtime)) {
                throw e;
            }
            return run(other, spec, out);
        }
    }

    /// On a full disk the runtimes fail in many ways, none of which says so.
    private static boolean isFull(Path directory) throws IOException {
        return Files.getFileStore(directory).getUsableSpace() < LEAST_SPACE;
    }

    private IOException full(IOException cause) {
        return new IOException(
                "no space left on the disk of '"
                        + temporary
                        + "', which a container needs for its own files; free some with jbuild"
                        + " prune",
                cause);
    }

    private Optional<String> tryOut(OciRuntime runtime) throws IOException, InterruptedException {
        Files.createDirectories(temporary);
        try (Bundle bundle = Bundle.create(temporary)) {
            Path rootfs = Files.createDirectory(bundle.directory().resolve("rootfs"));
            TrialProgram.write(rootfs.resolve("true"), host.architecture());
            int code = run(runtime, RunSpec.of(rootfs, List.of("/true")), _ -> {});
            return code == 0 ? Optional.empty() : Optional.of("exit code " + code);
        } catch (RuntimeFailedException | ProgramNotStartedException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private int run(OciRuntime runtime, RunSpec spec, OutputSink out)
            throws IOException, InterruptedException {
        try (Bundle bundle = Bundle.create(temporary);
                MountPoints points = new MountPoints(spec.rootfs())) {
            bundle.config(new RuntimeConfig(spec, host).json(binds(spec, bundle, points)));
            RuntimeOutput output = new RuntimeOutput(bundle, out);
            int code = ContainerProcess.run(runtime, bundle, spec.stdio(), output);
            if (code != 0) {
                Optional<String> failure = failure(bundle, output, code);
                if (failure.isPresent()) {
                    throw failed(spec, runtime, failure.get());
                }
            }
            return code;
        }
    }

    /// Makes the mount points that are missing.
    private List<BindMount> binds(RunSpec spec, Bundle bundle, MountPoints points)
            throws IOException {
        for (String directory : List.of("/proc", "/dev", "/sys")) {
            points.add(directory, true);
        }
        for (TmpfsMount tmpfs : spec.tmpfs()) {
            points.add(tmpfs.destination(), true);
        }
        List<BindMount> binds = new ArrayList<>();
        Path resolvConf = bundle.file("resolv.conf", network.resolvConf(spec.network()));
        Path hosts = bundle.file("hosts", NetworkFiles.hosts(spec.hostname()));
        binds.add(bind(points, new BindMount(resolvConf, "/etc/resolv.conf", false)));
        binds.add(bind(points, new BindMount(hosts, "/etc/hosts", false)));
        for (BindMount bind : spec.binds()) {
            binds.add(bind(points, bind));
        }
        return binds;
    }

    private static BindMount bind(MountPoints points, BindMount bind) throws IOException {
        boolean directory = Files.isDirectory(bind.source());
        return new BindMount(
                bind.source().toAbsolutePath(),
                points.add(bind.destination(), directory),
                bind.readOnly());
    }

    /// Why the program was not started, or empty if it was.
    private static Optional<String> failure(Bundle bundle, RuntimeOutput output, int code)
            throws IOException {
        Optional<String> error = bundle.error();
        if (error.isPresent()) {
            return error;
        }
        if (Files.exists(bundle.pidFile())) {
            return Optional.empty();
        }
        return Optional.of(
                output.first().orElse("it ended with exit code " + code + " and no message"));
    }

    private static IOException failed(RunSpec spec, OciRuntime runtime, String failure)
            throws IOException {
        if (NOT_EXECUTED.matcher(failure).find()) {
            return NotStarted.explain(spec, failure);
        }
        return new RuntimeFailedException(
                "can't start '"
                        + spec.args().getFirst()
                        + "': "
                        + runtime.kind().program()
                        + ": "
                        + failure);
    }
}
