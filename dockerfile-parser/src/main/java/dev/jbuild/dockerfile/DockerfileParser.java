package dev.jbuild.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads a Dockerfile in the language of BuildKit's frontend 1.26
/// (https://docs.docker.com/reference/dockerfile/). Nothing is expanded.
///
/// Takes time linear in the size of the source, whatever its bytes are.
public final class DockerfileParser {
    private DockerfileParser() {}

    /// @throws DockerfileException for the first thing that is wrong, with its lines and the
    ///     remedy
    public static Dockerfile parse(Source source) throws DockerfileException {
        return read(source).require();
    }

    /// Reads as far as the first thing that is wrong.
    public static Reading read(Source source) {
        LogicalLines.All all;
        try {
            all = LogicalLines.read(source);
        } catch (DockerfileException e) {
            return new Reading(
                    source,
                    List.of(),
                    Optional.empty(),
                    List.of(),
                    Directives.of(source, '\\'),
                    Optional.empty(),
                    Optional.of(e));
        }
        Directives directives = Directives.of(source, all.escape());
        StagesReader reader = new StagesReader(source, all.escape());
        Optional<Dockerfile> dockerfile = Optional.empty();
        Optional<DockerfileException> error = Optional.empty();
        try {
            for (LogicalLines.Line line : all.lines()) {
                reader.add(line);
            }
            dockerfile =
                    Optional.of(
                            new Dockerfile(
                                    source,
                                    directives,
                                    reader.globalArgs(),
                                    reader.stages(),
                                    all.emptyContinuations()));
        } catch (DockerfileException e) {
            error = Optional.of(e);
        }
        return new Reading(
                source,
                reader.all(),
                reader.unread(),
                all.emptyContinuations(),
                directives,
                dockerfile,
                error);
    }

    /// Reads a trigger that the lines of another file are responsible for.
    static Instruction trigger(String expression, SourceRange range) throws WordException {
        try {
            LogicalLines.All all =
                    LogicalLines.read(Source.of("ONBUILD", Source.bytesOf(expression)));
            return trigger(all, range);
        } catch (DockerfileException e) {
            throw new WordException(e.problem(), e.remedy(), "");
        }
    }

    private static Instruction trigger(LogicalLines.All all, SourceRange range)
            throws WordException {
        if (all.lines().size() != 1) {
            throw new WordException(
                    "onbuild trigger should be a single expression",
                    "split it into several ONBUILD instructions",
                    "");
        }
        Instruction instruction =
                new InstructionReader(all.lines().getFirst().at(range), all.escape()).read();
        if (instruction instanceof Instruction.From) {
            throw new WordException("FROM isn't allowed as an ONBUILD trigger", "remove it", "");
        }
        return instruction;
    }

    /// Sorts instructions into stages.
    private static final class StagesReader {
        private final Source source;
        private final char escape;
        private final List<Instruction.Arg> globalArgs = new ArrayList<>();
        private final List<Instruction> all = new ArrayList<>();
        private final List<Stage> finished = new ArrayList<>();
        private final List<Instruction> instructions = new ArrayList<>();
        private Optional<Instruction.From> from = Optional.empty();
        private Optional<Reading.Unread> unread = Optional.empty();

        StagesReader(Source source, char escape) {
            this.source = source;
            this.escape = escape;
        }

        void add(LogicalLines.Line line) throws DockerfileException {
            unread = Optional.of(new Reading.Unread(line.origin(), line.node().arguments()));
            try {
                Instruction instruction = new InstructionReader(line, escape).read();
                unread = Optional.empty();
                all.add(instruction);
                switch (instruction) {
                    case Instruction.From next -> {
                        finishStage();
                        from = Optional.of(next);
                    }
                    case Instruction.Arg arg when from.isEmpty() -> globalArgs.add(arg);
                    default -> {
                        if (from.isEmpty()) {
                            throw new WordException(
                                    "no build stage in current context",
                                    "put a FROM instruction before " + line.node().keyword(),
                                    line.node().keyword());
                        }
                        instructions.add(instruction);
                    }
                }
            } catch (WordException e) {
                throw Problems.at(source, line.range(), e);
            }
        }

        private void finishStage() {
            from.ifPresent(
                    f ->
                            finished.add(
                                    new Stage(
                                            finished.size(),
                                            f,
                                            f.stageName()
                                                    .flatMap(
                                                            n ->
                                                                    InstructionReader.description(
                                                                            f.origin().comments(),
                                                                            n)),
                                            instructions)));
            instructions.clear();
        }

        List<Instruction> all() {
            return all;
        }

        Optional<Reading.Unread> unread() {
            return unread;
        }

        List<Instruction.Arg> globalArgs() {
            return globalArgs;
        }

        List<Stage> stages() throws DockerfileException {
            finishStage();
            if (finished.isEmpty()) {
                throw new DockerfileException(
                        source,
                        null,
                        new WordException(
                                "dockerfile contains no stages to build",
                                "add a FROM instruction",
                                ""));
            }
            return finished;
        }
    }
}
