package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.Suggestion;
import java.util.List;
import java.util.Optional;

/// A Dockerfile, read.
///
/// @param globalArgs the ARG instructions before the first FROM
/// @param stages at least one
/// @param emptyContinuations the last lines of the instructions that have empty continuation
///     lines
public record Dockerfile(
        Source source,
        Directives directives,
        List<Instruction.Arg> globalArgs,
        List<Stage> stages,
        List<Integer> emptyContinuations) {
    public Dockerfile {
        globalArgs = List.copyOf(globalArgs);
        stages = List.copyOf(stages);
        emptyContinuations = List.copyOf(emptyContinuations);
    }

    public char escape() {
        return directives.escape();
    }

    /// Expands this file's words, with its escape character.
    public WordExpander expander() {
        return new WordExpander(escape());
    }

    /// The stage of this name, without regard to case. If several have it, the last one.
    public Optional<Stage> stage(String name) {
        String wanted = GoText.lower(name);
        return stages.reversed().stream()
                .filter(s -> s.name().equals(Optional.of(wanted)))
                .findFirst();
    }

    /// The stage to build: the one of this name, or of this number, counted from 0.
    ///
    /// @throws DockerfileException if there is none; the message suggests a name
    public Stage target(String name) throws DockerfileException {
        Optional<Stage> found = stage(name).or(() -> numbered(name));
        if (found.isPresent()) {
            return found.get();
        }
        List<String> names = stages.stream().flatMap(s -> s.name().stream()).toList();
        throw error(
                Optional.empty(),
                new WordException(
                        "target stage "
                                + GoText.quote(name)
                                + " could not be found"
                                + Suggestion.suffix(Suggestion.nearest(name, names)),
                        names.isEmpty()
                                ? "name a stage with FROM ... AS " + name
                                : "the stages are " + String.join(", ", names),
                        ""));
    }

    private Optional<Stage> numbered(String name) {
        boolean number = !name.isEmpty() && name.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!number || name.length() > 9 || Integer.parseInt(name) >= stages.size()) {
            return Optional.empty();
        }
        return Optional.of(stages.get(Integer.parseInt(name)));
    }

    /// The last stage, which is built unless another one is asked for.
    public Stage defaultTarget() {
        return stages.getLast();
    }

    /// The stage to build.
    ///
    /// @param name if one is asked for; else it is the last
    /// @throws DockerfileException if there is none of that name; the message suggests one
    public Stage targetOrLast(Optional<String> name) throws DockerfileException {
        return name.isPresent() ? target(name.get()) : defaultTarget();
    }

    /// Says where something is wrong: in this instruction.
    public DockerfileException at(Instruction instruction, WordException e) {
        return error(Optional.of(instruction.range()), e);
    }

    /// Says where something is wrong: in these lines, or in the file as a whole.
    public DockerfileException error(Optional<SourceRange> range, WordException e) {
        return new DockerfileException(source, range.orElse(null), e);
    }
}
