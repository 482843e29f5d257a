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

    /// The instruction of an ONBUILD trigger that a stage inherits from its base. It is said to
    /// stand where it comes from: at the ONBUILD if the base is a stage of this file, else at
    /// the FROM; so is what is wrong with it.
    ///
    /// @param expression the trigger as the base's configuration keeps it
    /// @throws DockerfileException if it isn't exactly one instruction that may be a trigger
    public Instruction trigger(Stage stage, String expression) throws DockerfileException {
        SourceRange place =
                onbuild(stage, expression).map(Instruction::range).orElse(stage.range());
        try {
            return DockerfileParser.trigger(expression, place);
        } catch (WordException e) {
            throw error(
                    Optional.of(place),
                    new WordException(
                            "can't run the ONBUILD trigger "
                                    + GoText.quote(expression)
                                    + " of the base "
                                    + GoText.quote(stage.base())
                                    + ": "
                                    + e.problem(),
                            e.remedy(),
                            e.part().orElse("")));
        }
    }

    /// The trigger's instruction, if it is in a stage of this file.
    private Optional<Instruction.Onbuild> onbuild(Stage stage, String expression) {
        return stages.subList(0, stage.index()).reversed().stream()
                .filter(s -> s.name().equals(Optional.of(GoText.lower(stage.base()))))
                .findFirst()
                .stream()
                .flatMap(s -> s.instructions().stream())
                .filter(Instruction.Onbuild.class::isInstance)
                .map(Instruction.Onbuild.class::cast)
                .filter(o -> o.expression().equals(expression))
                .findFirst();
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
