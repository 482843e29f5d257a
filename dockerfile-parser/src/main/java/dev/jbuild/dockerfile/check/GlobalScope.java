package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.Expansion;
import dev.jbuild.dockerfile.ExpansionBudget;
import dev.jbuild.dockerfile.Instruction;
import dev.jbuild.dockerfile.SourceRange;
import dev.jbuild.dockerfile.WordException;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The arguments that FROM sees: the predefined ones and those of the ARG instructions before
/// the first FROM.
///
/// @param values of those that have one
/// @param arguments those of ARG instructions, also without a value
record GlobalScope(Map<String, String> values, Map<String, Argument> arguments) {
    GlobalScope {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    }

    /// An argument somebody can set.
    ///
    /// @param dependencies the arguments its value was made of
    record Argument(
            String name,
            Optional<String> value,
            Optional<String> description,
            SourceRange range,
            Set<String> dependencies) {
        Argument {
            dependencies = Set.copyOf(dependencies);
        }
    }

    /// A word of an ARG that can't be expanded, and the instruction.
    static final class ArgException extends Exception {
        private static final long serialVersionUID = 1;
        private final transient Instruction instruction;
        private final WordException problem;

        ArgException(Instruction instruction, WordException problem) {
            super(problem);
            this.instruction = instruction;
            this.problem = problem;
        }

        Instruction instruction() {
            return instruction;
        }

        WordException problem() {
            return problem;
        }
    }

    static GlobalScope of(
            Dockerfile file, Map<String, String> predefined, Map<String, String> buildArgs)
            throws ArgException {
        Map<String, String> values = new LinkedHashMap<>(predefined);
        Map<String, Argument> arguments = new LinkedHashMap<>();
        ExpansionBudget budget = new ExpansionBudget();
        for (Instruction.Arg arg : file.globalArgs()) {
            for (Instruction.Arg.Definition definition : arg.arguments()) {
                String key = definition.key();
                Set<String> dependencies = new HashSet<>();
                Optional<String> value = Optional.ofNullable(buildArgs.get(key));
                if (value.isEmpty() && definition.value().isPresent()) {
                    Expansion expansion =
                            expand(file, budget, arg, definition.value().get(), values);
                    value = Optional.of(expansion.text());
                    dependencies.addAll(expansion.used());
                    if (dependencies.remove(key) && arguments.containsKey(key)) {
                        dependencies.addAll(arguments.get(key).dependencies());
                    }
                }
                value.ifPresent(v -> values.put(key, v));
                arguments.put(
                        key,
                        new Argument(
                                key, value, definition.description(), arg.range(), dependencies));
            }
        }
        return new GlobalScope(values, arguments);
    }

    private static Expansion expand(
            Dockerfile file,
            ExpansionBudget budget,
            Instruction.Arg arg,
            String word,
            Map<String, String> values)
            throws ArgException {
        try {
            return budget.take(file.expander().expand(word, values));
        } catch (WordException e) {
            throw new ArgException(arg, e);
        }
    }

    /// All names, those with a value first.
    Set<String> names() {
        Set<String> names = new LinkedHashSet<>(values.keySet());
        names.addAll(arguments.keySet());
        return names;
    }

    /// What exists before any ARG: the platforms and the stage to build, unless the build sets
    /// them to something else.
    static Map<String, String> predefined(Dockerfile file, CheckRequest request)
            throws WordException {
        PlatformName build = PlatformName.parse(request.buildPlatform(), request.buildPlatform());
        PlatformName target =
                PlatformName.parse(request.targetPlatform(), request.targetPlatform());
        Map<String, String> values = new LinkedHashMap<>();
        values.put("BUILDPLATFORM", build.text());
        values.put("BUILDOS", build.os());
        values.put("BUILDOSVERSION", "");
        values.put("BUILDARCH", build.architecture());
        values.put("BUILDVARIANT", build.variant());
        values.put("TARGETPLATFORM", target.text());
        values.put("TARGETOS", target.os());
        values.put("TARGETOSVERSION", "");
        values.put("TARGETARCH", target.architecture());
        values.put("TARGETVARIANT", target.variant());
        values.put(
                "TARGETSTAGE",
                request.target().or(() -> file.defaultTarget().name()).orElse("default"));
        values.replaceAll((key, value) -> request.buildArgs().getOrDefault(key, value));
        return values;
    }
}
