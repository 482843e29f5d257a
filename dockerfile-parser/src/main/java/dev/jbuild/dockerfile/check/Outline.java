package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.dockerfile.SourceRange;
import dev.jbuild.dockerfile.Stage;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// What a build of one stage can be given: arguments, secrets, ssh agents; and which caches it
/// uses. Each list is in the order of the lines.
public record Outline(
        Optional<String> name,
        Optional<String> description,
        List<Argument> arguments,
        List<Need> secrets,
        List<Need> sshAgents,
        List<Need> caches) {
    public Outline {
        arguments = List.copyOf(arguments);
        secrets = List.copyOf(secrets);
        sshAgents = List.copyOf(sshAgents);
        caches = List.copyOf(caches);
    }

    /// @param value its default, expanded, or what the build sets it to; empty if it has none
    public record Argument(
            String name, Optional<String> value, Optional<String> description, SourceRange range) {}

    /// @param name the id of a secret, of an agent or of a cache
    /// @param required whether the build fails without it
    public record Need(String name, boolean required, SourceRange range) {}

    /// The outline of the requested target, or of the last stage.
    public static Outline of(Dockerfile file, CheckRequest request) throws DockerfileException {
        Stage target = file.targetOrLast(request.target());
        FindingCollector nobody = new FindingCollector(CheckSettings.DEFAULT);
        Collection<StageState> walked = BuildChecks.dryRun(file, request.asBuilt(), nobody);
        StageState state =
                walked.stream()
                        .filter(s -> s.stage.index() == target.index())
                        .findFirst()
                        .orElseThrow();
        Set<StageState> stages = StageGraph.reachable(List.of(state));
        return new Outline(
                target.name(),
                target.description(),
                arguments(stages),
                needs(stages, s -> s.secrets),
                needs(stages, s -> s.sshAgents),
                needs(stages, s -> s.caches));
    }

    private static List<Argument> arguments(Set<StageState> stages) {
        Map<String, Argument> found = new LinkedHashMap<>();
        for (StageState stage : stages) {
            Deque<String> open = new ArrayDeque<>(stage.usedArguments);
            while (!open.isEmpty()) {
                GlobalScope.Argument argument = stage.arguments.get(open.pop());
                if (argument != null && !found.containsKey(argument.name())) {
                    found.put(
                            argument.name(),
                            new Argument(
                                    argument.name(),
                                    argument.value(),
                                    argument.description(),
                                    argument.range()));
                    open.addAll(argument.dependencies());
                }
            }
        }
        return found.values().stream()
                .sorted(Comparator.comparingInt(a -> a.range().firstLine()))
                .toList();
    }

    private static List<Need> needs(
            Set<StageState> stages, Function<StageState, Map<String, StageState.Need>> kind) {
        Map<String, Need> found = new LinkedHashMap<>();
        for (StageState stage : stages) {
            kind.apply(stage)
                    .values()
                    .forEach(
                            n ->
                                    found.putIfAbsent(
                                            n.name(), new Need(n.name(), n.required(), n.range())));
        }
        return found.values().stream()
                .sorted(Comparator.comparingInt(n -> n.range().firstLine()))
                .toList();
    }
}
