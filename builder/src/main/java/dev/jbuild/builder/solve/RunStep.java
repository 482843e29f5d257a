package dev.jbuild.builder.solve;

import dev.jbuild.builder.event.BuildEvent;
import dev.jbuild.builder.event.BuildEvent.StepId;
import dev.jbuild.builder.exec.BindMount;
import dev.jbuild.builder.exec.CommandRunner;
import dev.jbuild.builder.exec.Network;
import dev.jbuild.builder.exec.Privileges;
import dev.jbuild.builder.exec.ProgramNotStartedException;
import dev.jbuild.builder.exec.RunSpec;
import dev.jbuild.builder.exec.Stdio;
import dev.jbuild.builder.exec.UnknownUserException;
import dev.jbuild.builder.exec.User;
import dev.jbuild.builder.exec.UserLookup;
import dev.jbuild.builder.plan.Step;
import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.Origin;
import dev.jbuild.dockerfile.Source;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.overlay.ActiveSnapshot;
import dev.jbuild.store.FileTrees;
import dev.jbuild.store.TempSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Executes RUN.
final class RunStep {
    private static final String HOSTNAME = "jbuild";
    private static final String SCRIPTS = "/dev/pipes";

    private final Supplier<CommandRunner> runner;
    private final Dockerfile dockerfile;
    private final TempSpace temp;

    RunStep(Supplier<CommandRunner> runner, Dockerfile dockerfile, TempSpace temp) {
        this.runner = runner;
        this.dockerfile = dockerfile;
        this.temp = temp;
    }

    void run(Step.RunCommand run, ActiveSnapshot snapshot, StepId id, Consumer<BuildEvent> events)
            throws IOException, InterruptedException {
        List<BindMount> binds = new ArrayList<>();
        Path scripts = temp.next("scripts");
        try {
            if (!run.scripts().isEmpty()) {
                write(run.scripts(), scripts);
                binds.add(new BindMount(scripts, SCRIPTS, true));
            }
            RunSpec spec = spec(run, snapshot.root(), binds);
            int code =
                    runner.get()
                            .run(spec, line -> events.accept(new BuildEvent.StepOutput(id, line)));
            if (code != 0) {
                throw failed(
                        run.origin(),
                        "the command ended with exit code " + code,
                        "its output says why",
                        code);
            }
        } catch (ProgramNotStartedException e) {
            throw failed(run.origin(), String.valueOf(e.getMessage()), "", e.exitCode());
        } finally {
            FileTrees.delete(scripts);
        }
    }

    /// The user of that name in a root file system.
    User user(Origin origin, Path root, String name) throws IOException {
        try {
            return UserLookup.resolve(root, name);
        } catch (UnknownUserException e) {
            throw dockerfile.error(
                    Optional.of(origin.range()),
                    new WordException(String.valueOf(e.getMessage()), "", name));
        }
    }

    private RunSpec spec(Step.RunCommand run, Path root, List<BindMount> binds) throws IOException {
        List<String> env = new ArrayList<>(run.env());
        env.addAll(run.hiddenEnv());
        return new RunSpec(
                root,
                run.args(),
                env,
                run.workingDir(),
                user(run.origin(), root, run.user()),
                run.network() ? Network.HOST : Network.NONE,
                HOSTNAME,
                binds,
                List.of(),
                Privileges.DEFAULT,
                false,
                Stdio.CAPTURED);
    }

    private static void write(List<Step.Document> documents, Path directory) throws IOException {
        Files.createDirectories(directory);
        for (Step.Document document : documents) {
            Path file = directory.resolve(document.name()).normalize();
            if (!directory.equals(file.getParent())) {
                throw new IOException(
                        "heredoc '" + document.name() + "': its name is no file name");
            }
            Files.write(file, Source.bytesOf(document.content()));
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    private StepFailedException failed(Origin origin, String problem, String remedy, int code) {
        String message =
                dockerfile
                        .error(Optional.of(origin.range()), new WordException(problem, remedy, ""))
                        .render();
        return new StepFailedException(message, code, origin.range());
    }
}
