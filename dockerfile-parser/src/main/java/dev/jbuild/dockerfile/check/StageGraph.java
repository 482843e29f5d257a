package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.dockerfile.Expansion;
import dev.jbuild.dockerfile.Instruction;
import dev.jbuild.dockerfile.MountFlag;
import dev.jbuild.dockerfile.Stage;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.Suggestion;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds out which stage starts from which and takes files from which; runs the checks of FROM
/// on the way.
final class StageGraph {
    private final Dockerfile file;
    private final CheckRequest request;
    private final GlobalScope scope;
    private final FindingCollector findings;
    private final List<StageState> states = new ArrayList<>();
    private final Map<String, StageState> byName = new HashMap<>();

    StageGraph(
            Dockerfile file, CheckRequest request, GlobalScope scope, FindingCollector findings) {
        this.file = file;
        this.request = request;
        this.scope = scope;
        this.findings = findings;
    }

    List<StageState> build() throws DockerfileException {
        for (Stage stage : file.stages()) {
            try {
                add(stage);
            } catch (WordException e) {
                throw file.at(stage.from(), e);
            }
        }
        for (StageState state : states) {
            for (Instruction instruction : state.stage.instructions()) {
                try {
                    connect(state, instruction);
                } catch (WordException e) {
                    throw file.at(instruction, e);
                }
            }
        }
        return states;
    }

    private void add(Stage stage) throws WordException {
        Expansion name = file.expander().expand(stage.base(), scope.values());
        reportUndeclared(stage, name);
        if (name.text().isEmpty()) {
            throw new WordException(
                    "base name (" + stage.base() + ") should not be blank",
                    "give the argument a value with --build-arg or a default",
                    stage.base());
        }
        String platform = request.targetPlatform();
        Set<String> used = new LinkedHashSet<>(name.used());
        if (stage.platform().isPresent()) {
            Expansion expansion = file.expander().expand(stage.platform().get(), scope.values());
            used.addAll(expansion.used());
            platform = platform(stage, stage.platform().get(), expansion);
        }
        StageState state = new StageState(stage, name.text(), platform, byName.get(name.text()));
        state.arguments.putAll(scope.arguments());
        state.usedArguments.addAll(used);
        states.add(state);
        stage.name().ifPresent(n -> byName.put(n, state));
    }

    private void reportUndeclared(Stage stage, Expansion expansion) {
        Set<String> names = scope.names();
        for (String name : expansion.undefined()) {
            if (!names.contains(name)) {
                findings.report(
                        Rule.UNDEFINED_ARG_IN_FROM,
                        stage.from(),
                        "FROM argument '"
                                + name
                                + "' is not declared"
                                + Suggestion.suffix(Suggestion.nearest(name, names)));
            }
        }
    }

    private String platform(Stage stage, String word, Expansion expansion) throws WordException {
        reportUndeclared(stage, expansion);
        String text = expansion.text();
        boolean onlyTarget =
                expansion.used().equals(Set.of("TARGETPLATFORM"))
                        && expansion.undefined().isEmpty();
        if (onlyTarget && text.equals(scope.values().get("TARGETPLATFORM"))) {
            findings.report(
                    Rule.REDUNDANT_TARGET_PLATFORM,
                    stage.from(),
                    "Setting platform to predefined "
                            + word
                            + " in FROM is redundant as this is the default behavior");
        }
        if (text.isEmpty()) {
            throw new WordException(
                    "empty platform value from expression " + word + suggestion(expansion),
                    "give the argument a value with --build-arg or a default",
                    word);
        }
        PlatformName platform;
        try {
            platform = PlatformName.parse(text, request.targetPlatform());
        } catch (WordException e) {
            throw new WordException(
                    "failed to parse platform " + word + ": " + e.problem() + suggestion(expansion),
                    e.remedy(),
                    word);
        }
        String stageName = stage.name().orElse("");
        boolean constant = expansion.used().isEmpty() && expansion.undefined().isEmpty();
        if (constant
                && !stageName.contains(platform.os())
                && !stageName.contains(platform.architecture())) {
            findings.report(
                    Rule.FROM_PLATFORM_FLAG_CONST_DISALLOWED,
                    stage.from(),
                    "FROM --platform flag should not use constant value " + GoText.quote(text));
        }
        return platform.text();
    }

    private String suggestion(Expansion expansion) {
        for (String name : expansion.undefined()) {
            Optional<String> found = Suggestion.nearest(name, scope.values().keySet());
            if (found.isPresent()) {
                return Suggestion.suffix(found);
            }
        }
        return "";
    }

    private void connect(StageState state, Instruction instruction) throws WordException {
        switch (instruction) {
            case Instruction.Copy copy -> {
                if (copy.from().isPresent()) {
                    connect(state, copy.from().get(), "copy", "");
                }
            }
            case Instruction.Run run -> {
                for (MountFlag mount : run.mounts()) {
                    if (mount.from().isPresent()) {
                        connect(state, mount.from().get(), "mount", mount.text());
                    }
                }
            }
            case Instruction.Onbuild _,
                    Instruction.From _,
                    Instruction.Cmd _,
                    Instruction.Entrypoint _,
                    Instruction.Label _,
                    Instruction.Env _,
                    Instruction.Arg _,
                    Instruction.Maintainer _,
                    Instruction.Expose _,
                    Instruction.Add _,
                    Instruction.Workdir _,
                    Instruction.User _,
                    Instruction.Volume _,
                    Instruction.StopSignal _,
                    Instruction.Shell _,
                    Instruction.Healthcheck _ -> {}
        }
    }

    private void connect(StageState state, String word, String verb, String mount)
            throws WordException {
        String name = file.expander().expand(word, scope.values()).text();
        Optional<StageState> source = find(name, verb);
        if (source.isEmpty()) {
            return;
        }
        if (source.get().stage.index() >= state.stage.index()) {
            throw later(state, name, source.get(), verb, mount);
        }
        state.sources.add(source.get());
    }

    private Optional<StageState> find(String name, String verb) throws WordException {
        if (verb.equals("copy") && name.matches("[+-]?[0-9]{1,9}")) {
            int index = Integer.parseInt(name);
            if (index < 0 || index >= states.size()) {
                throw new WordException(
                        "invalid stage index " + index,
                        "there are " + states.size() + " stages, counted from 0",
                        name);
            }
            return Optional.of(states.get(index));
        }
        return Optional.ofNullable(byName.get(GoText.lower(name)));
    }

    private static WordException later(
            StageState state, String name, StageState source, String verb, String mount) {
        String remedy = "move the stage " + source.name() + " before " + state.name();
        if (source.stage.index() == state.stage.index()) {
            return new WordException(
                    "circular dependency detected on stage: " + state.name(),
                    "take the files from another stage",
                    name);
        }
        return verb.equals("copy")
                ? new WordException(
                        "cannot copy from stage "
                                + GoText.quote(name)
                                + ", it needs to be defined before current stage "
                                + GoText.quote(state.name()),
                        remedy,
                        name)
                : new WordException(
                        "cannot mount from stage "
                                + GoText.quote(name)
                                + " with "
                                + GoText.quote(mount)
                                + ", stage needs to be defined before current command",
                        remedy,
                        name);
    }

    /// The stages that the target needs, and itself.
    static Set<StageState> reachable(Collection<StageState> from) {
        Set<StageState> reached = new LinkedHashSet<>();
        Deque<StageState> open = new ArrayDeque<>(from);
        while (!open.isEmpty()) {
            StageState state = open.pop();
            if (reached.add(state)) {
                state.baseStage().ifPresent(open::push);
                state.sources.forEach(open::push);
            }
        }
        return reached;
    }
}
