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
import java.util.HashSet;
import java.util.Iterator;
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
        refuseCycles();
        requireImageNames();
        return states;
    }

    private void refuseCycles() throws DockerfileException {
        Set<StageState> free = new HashSet<>();
        for (StageState state : states) {
            Optional<StageState> next = reachesCycle(state, free);
            if (next.isPresent()) {
                throw file.at(
                        firstTake(state, next.get()).instruction(),
                        new WordException(
                                "circular dependency detected on stage: " + state.name(),
                                "take the files from another stage",
                                ""));
            }
        }
    }

    private StageState.Take firstTake(StageState state, StageState source) {
        return state.takesFrom.stream()
                .filter(t -> source(t.name(), t.byIndex()).equals(Optional.of(source)))
                .findFirst()
                .orElseThrow();
    }

    /// A walk of its own rather than recursion: there may be very many stages.
    ///
    /// @param free the stages that are known to reach none
    /// @return the stage by which a cycle is reached
    private static Optional<StageState> reachesCycle(StageState state, Set<StageState> free) {
        Set<StageState> path = new HashSet<>();
        Deque<StageState> entered = new ArrayDeque<>();
        Deque<Iterator<StageState>> open = new ArrayDeque<>();
        open.push(List.of(state).iterator());
        while (!open.isEmpty()) {
            if (!open.peek().hasNext()) {
                open.pop();
                if (!entered.isEmpty()) {
                    StageState done = entered.pop();
                    path.remove(done);
                    free.add(done);
                }
                continue;
            }
            StageState next = open.peek().next();
            if (path.contains(next)) {
                entered.push(next);
                entered.removeLast();
                return Optional.of(entered.getLast());
            }
            if (!free.contains(next)) {
                path.add(next);
                entered.push(next);
                open.push(next.sources.iterator());
            }
        }
        return Optional.empty();
    }

    private void requireImageNames() throws DockerfileException {
        for (StageState state : states) {
            if (state.base == null) {
                requireImageName(state.baseName, state.stage.base(), state.stage.from());
            }
        }
        for (StageState state : states) {
            for (StageState.Take take : state.takesFrom) {
                if (take.name().isEmpty()) {
                    throw file.at(
                            take.instruction(),
                            new WordException(
                                    "from=" + take.word() + " is empty",
                                    "variables here are those of the ARG instructions before the"
                                            + " first FROM; give this one a value there",
                                    take.word()));
                }
                if (source(take.name(), take.byIndex()).isEmpty()) {
                    requireImageName(take.name(), take.word(), take.instruction());
                }
            }
        }
    }

    private void requireImageName(String name, String written, Instruction instruction)
            throws DockerfileException {
        Optional<String> problem =
                name.equals("scratch") ? Optional.empty() : ImageName.problem(name);
        if (problem.isPresent()) {
            throw file.at(
                    instruction,
                    new WordException(
                            "failed to parse stage name "
                                    + GoText.quote(name)
                                    + ": "
                                    + problem.get(),
                            "write an image as in debian:12-slim, or a stage of this file",
                            written));
        }
    }

    private void add(Stage stage) throws WordException {
        Expansion name = expand(stage, stage.base());
        if (name.text().isEmpty()) {
            throw new WordException(
                    "base name (" + stage.base() + ") should not be blank",
                    "give the argument a value with --build-arg or a default",
                    stage.base());
        }
        String platform = request.targetPlatform();
        Set<String> used = new LinkedHashSet<>(name.used());
        if (stage.platform().isPresent()) {
            Expansion expansion = platformWord(stage, stage.platform().get());
            used.addAll(expansion.used());
            platform = platform(stage, stage.platform().get(), expansion);
        }
        StageState state = new StageState(stage, name.text(), platform, byName.get(name.text()));
        state.arguments.putAll(scope.arguments());
        state.usedArguments.addAll(used);
        states.add(state);
        stage.name().ifPresent(n -> byName.put(n, state));
    }

    private Expansion expand(Stage stage, String word) throws WordException {
        try {
            Expansion expansion = file.expander().expand(word, scope.values());
            reportUndeclared(stage, expansion.undefined());
            return expansion;
        } catch (WordException e) {
            reportUndeclared(stage, e.undefined());
            throw e;
        }
    }

    private Expansion platformWord(Stage stage, String word) throws WordException {
        try {
            return expand(stage, word);
        } catch (WordException e) {
            throw new WordException(
                    "failed to process arguments for platform " + word + ": " + e.problem(),
                    e.remedy(),
                    word);
        }
    }

    private void reportUndeclared(Stage stage, Set<String> undefined) {
        Set<String> names = scope.names();
        for (String name : undefined) {
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
        for (StageState.Take take : takes(instruction)) {
            state.takesFrom.add(take);
            source(take.name(), take.byIndex()).ifPresent(state.sources::add);
        }
    }

    /// What an instruction says it takes files from.
    List<StageState.Take> takes(Instruction instruction) throws WordException {
        return switch (instruction) {
            case Instruction.Copy copy when copy.from().isPresent() ->
                    List.of(take(copy, copy.from().get(), true));
            case Instruction.Run run -> {
                List<StageState.Take> takes = new ArrayList<>();
                for (MountFlag mount : run.mounts()) {
                    if (mount.from().isPresent()) {
                        takes.add(take(run, mount.from().get(), false));
                    }
                }
                yield takes;
            }
            case Instruction.Copy _,
                    Instruction.Onbuild _,
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
                    Instruction.Healthcheck _ ->
                    List.of();
        };
    }

    /// What a word names, expanded from the global scope.
    StageState.Take take(Instruction instruction, String word, boolean byIndex)
            throws WordException {
        String name = file.expander().expand(word, scope.values()).text();
        if (byIndex && isIndex(name)) {
            int index = Integer.parseInt(name);
            if (index < 0 || index >= states.size()) {
                throw new WordException(
                        "invalid stage index " + index,
                        "there are " + states.size() + " stages, counted from 0",
                        name);
            }
        }
        return new StageState.Take(instruction, word, name, byIndex);
    }

    private static boolean isIndex(String name) {
        return name.matches("[+-]?[0-9]{1,9}");
    }

    /// The stage of that name, or number; empty if it is something else.
    Optional<StageState> source(String name, boolean byIndex) {
        return byIndex && isIndex(name)
                ? Optional.of(states.get(Integer.parseInt(name)))
                : Optional.ofNullable(byName.get(GoText.lower(name)));
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
