package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.CommandLine;
import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.dockerfile.Expansion;
import dev.jbuild.dockerfile.ExpansionBudget;
import dev.jbuild.dockerfile.ExposedPort;
import dev.jbuild.dockerfile.Instruction;
import dev.jbuild.dockerfile.KeyValue;
import dev.jbuild.dockerfile.Mount;
import dev.jbuild.dockerfile.MountFlag;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.dockerfile.WordExpander;
import dev.jbuild.dockerfile.text.GoPath;
import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Goes through the instructions of the stages as a build would, with nothing but their
/// environments, and runs the checks that need those.
final class StageWalk {
    private static final String DEFAULT_PATH =
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// Arguments for the builder, which no instruction sees.
    private static final Set<String> NO_VARIABLES =
            Set.of("BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE");

    private final Dockerfile file;
    private final CheckRequest request;
    private final GlobalScope scope;
    private final FindingCollector findings;
    private final StageGraph graph;
    private final CopyChecks copies;
    private final ExpansionBudget budget = new ExpansionBudget();

    StageWalk(
            Dockerfile file,
            CheckRequest request,
            GlobalScope scope,
            FindingCollector findings,
            StageGraph graph) {
        this.file = file;
        this.request = request;
        this.scope = scope;
        this.findings = findings;
        this.graph = graph;
        this.copies = new CopyChecks(request.ignore(), findings);
    }

    void walk(Iterable<StageState> states) throws DockerfileException {
        for (StageState state : states) {
            begin(state);
            for (Instruction instruction : triggers(state)) {
                step(state, instruction);
            }
            for (Instruction instruction : state.stage.instructions()) {
                step(state, instruction);
            }
        }
    }

    private void step(StageState state, Instruction instruction) throws DockerfileException {
        try {
            visit(state, instruction);
        } catch (WordException e) {
            throw file.at(instruction, e);
        }
    }

    private void begin(StageState state) {
        state.baseStage()
                .ifPresentOrElse(
                        state::inherit,
                        () -> {
                            if (state.baseName.equals("scratch")) {
                                state.workdir = Optional.of("/");
                            } else {
                                beginFromImage(state);
                            }
                        });
        state.environment.putIfAbsent("PATH", DEFAULT_PATH);
    }

    private void beginFromImage(StageState state) {
        Optional<BaseImages.BaseImage> image =
                request.baseImages().find(state.baseName, state.platform);
        if (image.isEmpty()) {
            return;
        }
        state.environment.putAll(image.get().environment());
        state.hasShell = image.get().hasShell();
        String actual = normalized(image.get().platform());
        String expected = normalized(state.platform);
        if (!withoutVariant(actual).equals(withoutVariant(expected))) {
            findings.report(
                    Rule.INVALID_BASE_IMAGE_PLATFORM,
                    state.stage.from(),
                    "Base image "
                            + state.baseName
                            + " was pulled with platform "
                            + GoText.quote(actual)
                            + ", expected "
                            + GoText.quote(expected)
                            + " for current build");
        }
    }

    private static String normalized(String platform) {
        try {
            return PlatformName.parse(platform, platform).text();
        } catch (WordException e) {
            return platform;
        }
    }

    private static String withoutVariant(String platform) {
        String[] parts = platform.split("/", -1);
        return parts[0] + "/" + (parts.length > 1 ? parts[1] : "");
    }

    /// What the stage it starts from left for it to do.
    private List<Instruction> triggers(StageState state) throws DockerfileException {
        List<Instruction> triggers = new ArrayList<>();
        if (state.base != null) {
            for (Instruction instruction : state.base.stage.instructions()) {
                if (instruction instanceof Instruction.Onbuild onbuild) {
                    triggers.add(file.trigger(state.stage, onbuild.expression()));
                }
            }
        }
        return triggers;
    }

    private void visit(StageState state, Instruction instruction) throws WordException {
        switch (instruction) {
            case Instruction.Env env -> env(state, env);
            case Instruction.Label label -> {
                pairs(state, label, label.labels());
                legacy(label, label.labels());
            }
            case Instruction.Arg arg -> arg(state, arg);
            case Instruction.Run run -> run(state, run);
            case Instruction.Cmd cmd -> {
                once(state, StageState.Once.CMD, cmd);
                jsonRecommended(state, cmd, cmd.command());
            }
            case Instruction.Entrypoint entrypoint -> {
                once(state, StageState.Once.ENTRYPOINT, entrypoint);
                jsonRecommended(state, entrypoint, entrypoint.command());
            }
            case Instruction.Healthcheck healthcheck ->
                    once(state, StageState.Once.HEALTHCHECK, healthcheck);
            case Instruction.Shell _ -> state.hasShell = true;
            case Instruction.Workdir workdir -> workdir(state, workdir);
            case Instruction.Expose expose -> expose(state, expose);
            case Instruction.User user -> expand(state, user, user.user());
            case Instruction.StopSignal signal ->
                    Signals.check(expand(state, signal, signal.signal()));
            case Instruction.Volume volume -> {
                for (String path : volume.paths()) {
                    if (expand(state, volume, path).isEmpty()) {
                        throw new WordException(
                                "VOLUME specified can not be an empty string",
                                "give the variable a value",
                                path);
                    }
                }
            }
            case Instruction.Copy copy ->
                    copies.check(
                            copy,
                            word -> expand(state, copy, word),
                            heredocs(state, copy),
                            () -> requireEarlier(state, copy));
            case Instruction.Add add ->
                    copies.check(add, word -> expand(state, add, word), heredocs(state, add));
            case Instruction.Maintainer _, Instruction.Onbuild _, Instruction.From _ -> {}
        }
    }

    private String expand(StageState state, Instruction instruction, String word)
            throws WordException {
        try {
            Expansion expansion = budget.take(file.expander().expand(word, state.environment));
            reportUndefined(state, instruction, expansion.undefined());
            return expansion.text();
        } catch (WordException e) {
            reportUndefined(state, instruction, e.undefined());
            throw e;
        }
    }

    private MountFlag.Expander heredocs(StageState state, Instruction instruction) {
        return body -> {
            try {
                Expansion expansion =
                        budget.take(WordExpander.expandHeredoc(body, state.environment));
                reportUndefined(state, instruction, expansion.undefined());
                return expansion.text();
            } catch (WordException e) {
                reportUndefined(state, instruction, e.undefined());
                throw e;
            }
        };
    }

    private void reportUndefined(StageState state, Instruction instruction, Set<String> undefined) {
        for (String name : undefined) {
            if (!state.declaredArgs.contains(name) && !NO_VARIABLES.contains(name)) {
                findings.report(
                        Rule.UNDEFINED_VAR,
                        instruction,
                        "Usage of undefined variable '$"
                                + name
                                + "'"
                                + Suggestion.suffix(
                                        Suggestion.nearest(name, state.environment.keySet())
                                                .map(s -> "$" + s)));
            }
        }
    }

    private Map<String, String> pairs(
            StageState state, Instruction instruction, List<KeyValue> pairs) throws WordException {
        // One instruction sees one snapshot of the environment: nothing is set before the end.
        Map<String, String> expanded = new LinkedHashMap<>();
        for (KeyValue pair : pairs) {
            String key = expand(state, instruction, pair.key());
            expanded.put(key, expand(state, instruction, pair.value()));
        }
        return expanded;
    }

    private void legacy(Instruction instruction, List<KeyValue> pairs) {
        String name = instruction.origin().keyword();
        if (pairs.stream().anyMatch(KeyValue::legacy)) {
            findings.report(
                    Rule.LEGACY_KEY_VALUE_FORMAT,
                    instruction,
                    "\""
                            + name
                            + " key=value\" should be used instead of legacy \""
                            + name
                            + " key value\" format");
        }
    }

    private void env(StageState state, Instruction.Env env) throws WordException {
        Map<String, String> expanded = pairs(state, env, env.variables());
        legacy(env, env.variables());
        for (String key : expanded.keySet()) {
            reportSecret(env, "ENV", key);
        }
        state.environment.putAll(expanded);
    }

    private void reportSecret(Instruction instruction, String name, String key) {
        if (SecretNames.matches(key)) {
            findings.report(
                    Rule.SECRETS_USED_IN_ARG_OR_ENV,
                    instruction,
                    "Do not use ARG or ENV instructions for sensitive data ("
                            + name
                            + " "
                            + GoText.quote(key)
                            + ")");
        }
    }

    private void arg(StageState state, Instruction.Arg arg) throws WordException {
        for (Instruction.Arg.Definition definition : arg.arguments()) {
            String key = definition.key();
            reportSecret(arg, "ARG", key);
            Optional<String> given = Optional.ofNullable(request.buildArgs().get(key));
            boolean inherited =
                    given.isEmpty()
                            && definition.value().isEmpty()
                            && scope.values().containsKey(key);
            Optional<String> value = given;
            if (inherited) {
                value = Optional.ofNullable(scope.values().get(key));
            } else if (given.isEmpty() && definition.value().isPresent()) {
                value = Optional.of(expand(state, arg, definition.value().get()));
            }
            if (value.isPresent() && !NO_VARIABLES.contains(key)) {
                state.environment.put(key, value.get());
            }
            state.declaredArgs.add(key);
            state.usedArguments.add(key);
            if (!inherited) {
                state.arguments.put(
                        key,
                        new GlobalScope.Argument(
                                key, value, definition.description(), arg.range(), Set.of()));
            }
        }
    }

    private void run(StageState state, Instruction.Run run) throws WordException {
        List<Mount> mounts = new ArrayList<>();
        for (MountFlag flag : run.mounts()) {
            mounts.add(
                    flag.resolve(
                            word -> expand(state, run, word),
                            word -> file.expander().expand(word, scope.values()).text()));
        }
        for (int i = 0; i < mounts.size(); i++) {
            Optional<String> from = run.mounts().get(i).from();
            if (from.isPresent()) {
                requireEarlier(
                        state,
                        graph.take(run, from.get(), false),
                        "mount",
                        mounts.get(i).target().orElse(""));
            }
            mount(state, run, mounts.get(i));
        }
    }

    private static void mount(StageState state, Instruction.Run run, Mount mount)
            throws WordException {
        switch (mount) {
            case Mount.Secret secret ->
                    state.secrets.put(
                            secret.id(),
                            new StageState.Need(secret.id(), secret.required(), run.range()));
            case Mount.Ssh ssh ->
                    state.sshAgents.put(
                            ssh.id(), new StageState.Need(ssh.id(), ssh.required(), run.range()));
            case Mount.Cache cache -> {
                requireTarget(state, cache);
                String id = cache.id().or(cache::target).orElse("");
                state.caches.put(id, new StageState.Need(id, false, run.range()));
            }
            case Mount.Bind _, Mount.Tmpfs _ -> requireTarget(state, mount);
        }
    }

    /// Nothing may be mounted in place of the whole file system. Says nothing of a relative
    /// target if the working directory isn't known.
    private static void requireTarget(StageState state, Mount mount) throws WordException {
        String target = mount.target().orElse("");
        Optional<String> place =
                target.startsWith("/")
                        ? Optional.of(target)
                        : state.workdir.map(dir -> GoPath.clean(dir + "/" + target));
        if (place.equals(Optional.of("/"))) {
            throw new WordException(
                    "invalid mount target \"/\"",
                    "write target= with a directory below the root",
                    target.isEmpty() ? "--mount" : target);
        }
    }

    private void requireEarlier(StageState state, Instruction.Copy copy) throws WordException {
        for (StageState.Take take : graph.takes(copy)) {
            requireEarlier(state, take, "copy", "");
        }
    }

    /// Refuses what takes files from a stage that comes later.
    private void requireEarlier(StageState state, StageState.Take take, String verb, String target)
            throws WordException {
        Optional<StageState> source = graph.source(take.name(), take.byIndex());
        if (source.isEmpty() || source.get().stage.index() <= state.stage.index()) {
            return;
        }
        String what =
                verb.equals("copy")
                        ? "cannot copy from stage "
                                + GoText.quote(take.name())
                                + ", it needs to be defined before current stage "
                                + GoText.quote(state.name())
                        : "cannot mount from stage "
                                + GoText.quote(take.name())
                                + " to "
                                + GoText.quote(target)
                                + ", stage needs to be defined before current command";
        throw new WordException(
                what,
                "move the stage " + source.get().name() + " before " + state.name(),
                take.name());
    }

    private void once(StageState state, StageState.Once kind, Instruction instruction) {
        Instruction earlier = state.seen.put(kind, instruction);
        if (earlier != null) {
            findings.report(
                    Rule.MULTIPLE_INSTRUCTIONS_DISALLOWED,
                    earlier,
                    instruction,
                    "Multiple "
                            + instruction.origin().keyword()
                            + " instructions should not be used in the same stage because only the"
                            + " last one will be used");
        }
    }

    private void jsonRecommended(StageState state, Instruction instruction, CommandLine command) {
        if (command.shellText().isPresent() && !state.hasShell) {
            findings.report(
                    Rule.JSON_ARGS_RECOMMENDED,
                    instruction,
                    "JSON arguments recommended for "
                            + instruction.origin().keyword()
                            + " to prevent unintended behavior related to OS signals");
        }
    }

    private void workdir(StageState state, Instruction.Workdir workdir) throws WordException {
        String path = expand(state, workdir, workdir.path());
        if (!state.workdirSet && !path.startsWith("/")) {
            findings.report(
                    Rule.WORKDIR_RELATIVE_PATH,
                    workdir,
                    "Relative workdir "
                            + GoText.quote(path)
                            + " can have unexpected results if the base image changes");
        }
        state.workdirSet = true;
        state.workdir =
                path.startsWith("/")
                        ? Optional.of(GoPath.clean(path))
                        : state.workdir.map(dir -> GoPath.clean(dir + "/" + path));
    }

    private void expose(StageState state, Instruction.Expose expose) throws WordException {
        List<String> specs = new ArrayList<>();
        for (String word : expose.ports()) {
            // As in the reference, nothing is said of undefined variables here.
            specs.addAll(file.expander().expand(word, state.environment).words());
        }
        for (String spec : specs) {
            ExposedPort.Parts port = ExposedPort.Parts.of(spec);
            if (!port.protocol().equals(GoText.lower(port.protocol()))) {
                findings.report(
                        Rule.EXPOSE_PROTO_CASING,
                        expose,
                        "Defined protocol '"
                                + spec
                                + "' in EXPOSE instruction should be lowercase");
            }
            if (port.mapped()) {
                findings.report(
                        Rule.EXPOSE_INVALID_FORMAT,
                        expose,
                        "EXPOSE instruction should not define an IP address or host-port"
                                + " mapping, found '"
                                + spec
                                + "'");
            }
            var _ = port.port();
        }
    }
}
