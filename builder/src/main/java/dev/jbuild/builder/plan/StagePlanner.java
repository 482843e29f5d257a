package dev.jbuild.builder.plan;

import dev.jbuild.dockerfile.CommandLine;
import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.dockerfile.ExposedPort;
import dev.jbuild.dockerfile.Instruction;
import dev.jbuild.dockerfile.KeyValue;
import dev.jbuild.dockerfile.Origin;
import dev.jbuild.dockerfile.Stage;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.dockerfile.check.Signals;
import dev.jbuild.oci.ContainerConfig;
import dev.jbuild.oci.Healthcheck;
import dev.jbuild.oci.Platform;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Goes through the instructions of one stage.
final class StagePlanner {
    private static final String SCRIPTS = "/dev/pipes/";

    private final BuildPlanner build;
    private final Stage stage;
    private final Base base;
    private final StageState state;
    private final List<String> triggers;
    private final List<Step> steps = new ArrayList<>();

    /// The trigger of the base image that is gone through, if it is one.
    private Optional<String> trigger = Optional.empty();

    StagePlanner(
            BuildPlanner build,
            Stage stage,
            Base base,
            ContainerConfig config,
            Optional<String> author) {
        this.build = build;
        this.stage = stage;
        this.base = base;
        this.state = new StageState(config, author);
        this.triggers = config.onBuild();
    }

    PlannedStage plan() throws IOException, InterruptedException {
        Platform platform = build.platformOf(stage, base);
        for (String expression : triggers) {
            addTrigger(expression);
        }
        for (Instruction instruction : stage.instructions()) {
            add(instruction);
        }
        requireRunnable(platform);
        return new PlannedStage(
                stage.index(),
                stage.name().orElse(Integer.toString(stage.index())),
                base,
                steps,
                state.config(),
                state.author,
                platform);
    }

    /// Whatever is wrong with a trigger is told with its ONBUILD if that is in this file, else with
    /// the FROM that brought it here.
    private void addTrigger(String expression) throws IOException, InterruptedException {
        trigger = Optional.of(expression);
        Instruction instruction = readTrigger(expression);
        try {
            add(instruction);
        } catch (DockerfileException e) {
            throw build.refused(
                    instruction,
                    "the trigger 'ONBUILD "
                            + firstLine(expression)
                            + "' of "
                            + stage.base()
                            + ": "
                            + e.problem(),
                    e.remedy(),
                    "");
        }
        trigger = Optional.empty();
    }

    private Instruction readTrigger(String expression) throws DockerfileException {
        try {
            return build.file().trigger(stage, expression);
        } catch (DockerfileException e) {
            throw build.file()
                    .error(e.range(), new WordException(Secrets.hide(e.problem()), e.remedy(), ""));
        }
    }

    /// Where an instruction comes from as far as this Dockerfile is concerned.
    private Origin origin(Instruction instruction) {
        if (trigger.isEmpty()) {
            return instruction.origin();
        }
        String text = "ONBUILD " + firstLine(trigger.get());
        return new Origin(instruction.range(), text, text, List.of());
    }

    private static String firstLine(String text) {
        return Secrets.hide(text.lines().findFirst().orElse(""));
    }

    private CopyPlanner copies() {
        return new CopyPlanner(build, stage, state);
    }

    private void requireRunnable(Platform platform) throws DockerfileException {
        boolean runs = steps.stream().anyMatch(Step.RunCommand.class::isInstance);
        if (runs && !Platform.host().accepts(platform)) {
            throw build.refused(
                    stage.from(),
                    "this stage is for "
                            + platform
                            + " and has RUN, but this machine is "
                            + Platform.host(),
                    "build it on a machine of that platform",
                    "");
        }
    }

    private void add(Instruction instruction) throws IOException, InterruptedException {
        switch (instruction) {
            case Instruction.Run run -> addRun(run);
            case Instruction.Copy copy -> steps.add(copies().copy(copy, origin(copy)));
            case Instruction.Add add -> steps.add(copies().add(add, origin(add)));
            case Instruction.Workdir workdir -> addWorkdir(workdir);
            case Instruction.Arg arg -> addArg(arg);
            case Instruction.Env env -> {
                Map<String, String> values = expandAll(env, env.variables());
                state.env.putAll(values);
                configOnly(env, HistoryText.assignments("ENV", values));
            }
            case Instruction.Label label -> {
                Map<String, String> values = expandAll(label, label.labels());
                state.labels.putAll(values);
                configOnly(label, HistoryText.assignments("LABEL", values));
            }
            case Instruction.Cmd cmd -> {
                List<String> words = command(cmd.command());
                state.cmd = Optional.of(words);
                state.cmdIsOwn = true;
                configOnly(cmd, HistoryText.quoted("CMD", words));
            }
            case Instruction.Entrypoint entrypoint -> {
                List<String> words = command(entrypoint.command());
                state.entrypoint = Optional.of(words);
                if (!state.cmdIsOwn) {
                    state.cmd = Optional.empty();
                }
                configOnly(entrypoint, HistoryText.quoted("ENTRYPOINT", words));
            }
            case Instruction.Expose expose -> addExpose(expose);
            case Instruction.Volume volume -> {
                List<String> paths = expandEach(volume, volume.paths());
                state.volumes.addAll(paths);
                configOnly(volume, HistoryText.list("VOLUME", paths));
            }
            case Instruction.User user -> {
                state.user = expand(user, user.user());
                configOnly(user, "USER " + state.user);
            }
            case Instruction.StopSignal stop -> {
                String signal = expand(stop, stop.signal());
                requireSignal(stop, signal);
                state.stopSignal = Optional.of(signal);
                configOnly(stop, "STOPSIGNAL " + signal);
            }
            case Instruction.Shell shell -> {
                state.shell = Optional.of(shell.command());
                configOnly(shell, HistoryText.list("SHELL", shell.command()));
            }
            case Instruction.Maintainer maintainer -> {
                state.author = Optional.of(maintainer.maintainer());
                configOnly(maintainer, "MAINTAINER " + maintainer.maintainer());
            }
            case Instruction.Healthcheck check -> {
                state.healthcheck = Optional.of(healthcheck(check));
                configOnly(check, check.origin().text());
            }
            case Instruction.Onbuild onbuild -> {
                state.onBuild.add(onbuild.expression());
                configOnly(onbuild, "ONBUILD " + onbuild.expression());
            }
            case Instruction.From from ->
                    throw new IllegalStateException("FROM within a stage, line " + from.range());
        }
    }

    private void requireSignal(Instruction at, String signal) throws DockerfileException {
        try {
            Signals.check(signal);
        } catch (WordException e) {
            throw build.file().at(at, e);
        }
    }

    private void addArg(Instruction.Arg arg) throws DockerfileException {
        StringBuilder history = new StringBuilder("ARG");
        for (Instruction.Arg.Definition definition : arg.arguments()) {
            Optional<String> value = build.argValue(arg, definition, state.variables());
            if (value.isEmpty()) {
                value = build.inheritedArg(definition.key());
            }
            history.append(' ').append(definition.key());
            value.ifPresent(
                    text -> {
                        state.args.put(definition.key(), text);
                        history.append('=').append(text);
                    });
        }
        configOnly(arg, history.toString());
    }

    private void addRun(Instruction.Run run) throws DockerfileException {
        refuseUnsupported(run);
        List<Step.Document> scripts = new ArrayList<>();
        List<String> args =
                switch (run.command()) {
                    case CommandLine.Exec exec -> exec.arguments();
                    case CommandLine.Shell shell ->
                            switch (shell.script()) {
                                case CommandLine.Script.Text text -> withShell(text.text());
                                case CommandLine.Script.File script -> {
                                    CopyPlanner.requireFileName(build, run, script.name());
                                    scripts.add(new Step.Document(script.name(), script.content()));
                                    yield withShell(SCRIPTS + script.name());
                                }
                            };
                };
        List<String> hidden = new ArrayList<>();
        for (String name : PlatformArgs.PROXY) {
            String value = build.request().buildArgs().get(name);
            if (value != null && !state.variables().containsKey(name)) {
                hidden.add(name + "=" + value);
            }
        }
        steps.add(
                new Step.RunCommand(
                        origin(run),
                        HistoryText.run(args, visibleArgs()),
                        args,
                        state.runEnvironment(),
                        hidden.stream().sorted().toList(),
                        state.user,
                        state.workingDirOrRoot(),
                        run.network() != Instruction.Run.Network.NONE,
                        scripts));
    }

    private Map<String, String> visibleArgs() {
        Map<String, String> visible = new LinkedHashMap<>(state.args);
        visible.keySet().removeAll(PlatformArgs.PROXY);
        visible.replaceAll((name, value) -> state.env.getOrDefault(name, value));
        return visible;
    }

    private void refuseUnsupported(Instruction.Run run) throws DockerfileException {
        if (!run.mounts().isEmpty()) {
            throw notYet(
                    run,
                    "RUN --mount",
                    "--mount",
                    "copy what the step needs, or RUN without the mount");
        }
        if (run.security() != Instruction.Run.Security.SANDBOX) {
            throw notYet(run, "RUN --security=insecure", "--security", "run the step without it");
        }
        if (!run.devices().isEmpty()) {
            throw notYet(run, "RUN --device", "--device", "run the step without it");
        }
    }

    private void addWorkdir(Instruction.Workdir workdir) throws DockerfileException {
        String path =
                ContainerPaths.absolute(state.workingDirOrRoot(), expand(workdir, workdir.path()));
        state.workingDir = path;
        steps.add(
                path.equals("/")
                        ? new Step.ConfigOnly(origin(workdir), "WORKDIR /")
                        : new Step.MakeDirectory(
                                origin(workdir), "WORKDIR " + path, path, state.user));
    }

    private void addExpose(Instruction.Expose expose) throws DockerfileException {
        List<String> ports = new ArrayList<>();
        try {
            for (String word : expose.ports()) {
                for (String port : build.expander().expand(word, state.variables()).words()) {
                    ports.addAll(ExposedPort.parse(port).specs());
                }
            }
        } catch (WordException e) {
            throw build.file().at(expose, e);
        }
        state.exposedPorts.addAll(ports);
        configOnly(expose, HistoryText.list("EXPOSE", ports));
    }

    private Healthcheck healthcheck(Instruction.Healthcheck check) {
        if (check.test().isEmpty()) {
            return new Healthcheck(
                    List.of("NONE"), Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0);
        }
        Instruction.Healthcheck.Test test = check.test().get();
        List<String> words = new ArrayList<>();
        switch (test.command()) {
            case CommandLine.Exec exec -> {
                words.add("CMD");
                words.addAll(exec.arguments());
            }
            case CommandLine.Shell shell -> {
                words.add("CMD-SHELL");
                words.add(shell.text());
            }
        }
        return new Healthcheck(
                words,
                test.interval(),
                test.timeout(),
                test.startPeriod(),
                test.startInterval(),
                test.retries());
    }

    private List<String> command(CommandLine command) {
        return switch (command) {
            case CommandLine.Exec exec -> exec.arguments();
            case CommandLine.Shell shell -> withShell(shell.text());
        };
    }

    private List<String> withShell(String text) {
        List<String> words = new ArrayList<>(state.shellOrDefault());
        words.add(text);
        return words;
    }

    private void configOnly(Instruction instruction, String createdBy) {
        steps.add(new Step.ConfigOnly(origin(instruction), createdBy));
    }

    private Map<String, String> expandAll(Instruction at, List<KeyValue> pairs)
            throws DockerfileException {
        Map<String, String> variables = state.variables();
        Map<String, String> expanded = new LinkedHashMap<>();
        for (KeyValue pair : pairs) {
            expanded.put(
                    build.expand(at, pair.key(), variables),
                    build.expand(at, pair.value(), variables));
        }
        return expanded;
    }

    private List<String> expandEach(Instruction at, List<String> words) throws DockerfileException {
        List<String> expanded = new ArrayList<>();
        for (String word : words) {
            expanded.add(expand(at, word));
        }
        return expanded;
    }

    private String expand(Instruction at, String word) throws DockerfileException {
        return build.expand(at, word, state.variables());
    }

    private DockerfileException notYet(Instruction at, String what, String part, String remedy) {
        return build.refused(at, what + " can't be executed yet", remedy, part);
    }
}
