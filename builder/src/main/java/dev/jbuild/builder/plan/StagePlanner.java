package dev.jbuild.builder.plan;

import dev.jbuild.dockerfile.CommandLine;
import dev.jbuild.dockerfile.CopySource;
import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.dockerfile.DockerfileParser;
import dev.jbuild.dockerfile.ExposedPort;
import dev.jbuild.dockerfile.Heredoc;
import dev.jbuild.dockerfile.Instruction;
import dev.jbuild.dockerfile.KeyValue;
import dev.jbuild.dockerfile.Stage;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.dockerfile.WordExpander;
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
        for (String trigger : triggers) {
            add(parseTrigger(trigger));
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

    private Instruction parseTrigger(String trigger) throws DockerfileException {
        return DockerfileParser.parseTrigger("ONBUILD of " + stage.base(), trigger);
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
            case Instruction.Copy copy -> addCopy(copy);
            case Instruction.Add add -> addAdd(add);
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
                                    requireFileName(run, script.name());
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
                        run.origin(),
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

    private void addCopy(Instruction.Copy copy) throws IOException, InterruptedException {
        if (copy.parents()) {
            throw notYet(
                    copy,
                    "COPY --parents",
                    "--parents",
                    "name each directory in a COPY of its own");
        }
        CopyFrom from =
                copy.from().isPresent()
                        ? copyFrom(copy, copy.from().get())
                        : new CopyFrom.Context();
        addFiles(copy, "COPY", from, copy.sources(), copy.destination(), copy.options(), false);
    }

    private void addAdd(Instruction.Add add) throws DockerfileException {
        if (add.checksum().isPresent() || add.keepGitDir().isPresent()) {
            throw notYet(add, "ADD of a URL", "--", "fetch it with RUN, or add a local file");
        }
        for (CopySource source : add.sources()) {
            if (source instanceof CopySource.Word word && isRemote(expand(add, word.text()))) {
                throw notYet(
                        add, "ADD of a URL", word.text(), "fetch it with RUN, or add a local file");
            }
        }
        boolean unpack = add.unpack().orElse(true);
        addFiles(
                add,
                "ADD",
                new CopyFrom.Context(),
                add.sources(),
                add.destination(),
                add.options(),
                unpack);
    }

    private static boolean isRemote(String source) {
        return source.startsWith("http://")
                || source.startsWith("https://")
                || source.startsWith("git@")
                || source.startsWith("git://")
                || source.startsWith("ssh://");
    }

    private void addFiles(
            Instruction at,
            String name,
            CopyFrom from,
            List<CopySource> sources,
            String destination,
            Instruction.CopyOptions options,
            boolean unpack)
            throws DockerfileException {
        List<String> paths = new ArrayList<>();
        List<Step.Document> documents = new ArrayList<>();
        for (CopySource source : sources) {
            switch (source) {
                case CopySource.Word word -> paths.add(expand(at, word.text()));
                case CopySource.Document document ->
                        documents.add(document(at, document.heredoc()));
            }
        }
        String target = expand(at, destination);
        if (sources.size() > 1 && !target.endsWith("/")) {
            throw build.refused(
                    at,
                    "When using "
                            + name
                            + " with more than one source file, the destination must be a"
                            + " directory and end with a /",
                    "write " + target + "/",
                    destination);
        }
        Optional<String> chown = expandIf(at, options.chown());
        Optional<String> chmod = expandIf(at, options.chmod());
        List<String> shown = new ArrayList<>(paths);
        documents.forEach(document -> shown.add("<<" + document.name()));
        steps.add(
                new Step.CopyFiles(
                        at.origin(),
                        HistoryText.copy(name, chown, chmod, options.link(), shown, target),
                        from,
                        paths,
                        documents,
                        ContainerPaths.destination(state.workingDirOrRoot(), target),
                        chown,
                        chmod,
                        options.excludes(),
                        unpack));
    }

    /// The word of a heredoc becomes the name of a file, which must not lead anywhere.
    private void requireFileName(Instruction at, String name) throws DockerfileException {
        if (name.indexOf('/') >= 0 || name.equals(".") || name.equals("..") || name.isEmpty()) {
            throw build.refused(
                    at,
                    "heredoc '" + name + "' is no name of a file",
                    "end it with a plain word, such as EOF",
                    name);
        }
    }

    private Step.Document document(Instruction at, Heredoc heredoc) throws DockerfileException {
        requireFileName(at, heredoc.name());
        String text = heredoc.text();
        if (heredoc.expand()) {
            try {
                text = WordExpander.expandHeredoc(text, state.variables()).text();
            } catch (WordException e) {
                throw build.file().at(at, e);
            }
        }
        return new Step.Document(heredoc.name(), text);
    }

    private CopyFrom copyFrom(Instruction.Copy copy, String word)
            throws IOException, InterruptedException {
        String name = build.expand(copy, word, build.globalScope());
        if (!name.isEmpty() && name.length() < 10 && name.chars().allMatch(Character::isDigit)) {
            int index = Integer.parseInt(name);
            if (index >= stage.index()) {
                throw build.refused(
                        copy,
                        "COPY --from="
                                + name
                                + ": there is no stage "
                                + index
                                + " before this line",
                        "stages count from 0; give the stage a name with FROM … AS name",
                        word);
            }
            return new CopyFrom.Stage(build.require(build.file().stages().get(index)).index());
        }
        Optional<Stage> earlier = build.earlierStage(name, stage.index());
        if (earlier.isPresent()) {
            return new CopyFrom.Stage(build.require(earlier.get()).index());
        }
        return new CopyFrom.Image(
                build.image(copy, name, build.request().platform(), stage.index()));
    }

    private void addWorkdir(Instruction.Workdir workdir) throws DockerfileException {
        String path =
                ContainerPaths.absolute(state.workingDirOrRoot(), expand(workdir, workdir.path()));
        state.workingDir = path;
        steps.add(
                path.equals("/")
                        ? new Step.ConfigOnly(workdir.origin(), "WORKDIR /")
                        : new Step.MakeDirectory(
                                workdir.origin(), "WORKDIR " + path, path, state.user));
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
        steps.add(new Step.ConfigOnly(instruction.origin(), createdBy));
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

    private Optional<String> expandIf(Instruction at, Optional<String> word)
            throws DockerfileException {
        return word.isEmpty() ? Optional.empty() : Optional.of(expand(at, word.get()));
    }

    private String expand(Instruction at, String word) throws DockerfileException {
        return build.expand(at, word, state.variables());
    }

    private DockerfileException notYet(Instruction at, String what, String part, String remedy) {
        return build.refused(at, what + " can't be executed yet", remedy, part);
    }
}
