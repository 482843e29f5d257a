package dev.jbuild.dockerfile.fuzz;

import dev.jbuild.dockerfile.AstDump;
import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.dockerfile.DockerfileParser;
import dev.jbuild.dockerfile.Instruction;
import dev.jbuild.dockerfile.Reading;
import dev.jbuild.dockerfile.Source;
import dev.jbuild.dockerfile.SourceRange;
import dev.jbuild.dockerfile.Stage;
import dev.jbuild.dockerfile.check.BuildChecks;
import dev.jbuild.dockerfile.check.CheckReport;
import dev.jbuild.dockerfile.check.CheckRequest;
import dev.jbuild.dockerfile.check.Finding;
import dev.jbuild.dockerfile.check.Outline;
import dev.jbuild.dockerfile.check.Target;
import dev.jbuild.dockerfile.text.LosslessUtf8;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Everything that is done with a Dockerfile before it is built, and what must be true of it
/// whatever the bytes are.
public final class DockerfileTarget {
    private static final CheckRequest REQUEST = CheckRequest.of("linux/amd64");

    private DockerfileTarget() {}

    /// Called by the fuzzer.
    public static void fuzzerTestOneInput(byte[] bytes) {
        Property.endsSoon(() -> read(bytes));
    }

    private static void read(byte[] bytes) {
        String text = LosslessUtf8.decode(bytes, 0, bytes.length);
        Property.holds(
                Arrays.equals(bytes, Source.bytesOf(text)), "bytes come out as they went in");
        Source source = source(bytes);
        Reading reading = DockerfileParser.read(source);
        Property.same(
                reading.instructions(),
                DockerfileParser.read(Source.of("Dockerfile", bytes)).instructions(),
                "the same bytes are read the same way");
        instructions(reading, source.lineCount());
        Property.holds(
                reading.error().isPresent() != reading.dockerfile().isPresent(),
                "reading ends either in a file or in an error");
        reading.error().ifPresent(e -> Property.wellSaid(e, bytes.length, source.lineCount()));
        reading.dockerfile().ifPresent(file -> file(file, reading, bytes.length));
        dump(source, reading, bytes.length);
        checks(source, reading, bytes.length);
    }

    private static Source source(byte[] bytes) {
        try {
            return Source.read("Dockerfile", new ByteArrayInputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Each stands on lines of the file, behind the one before it.
    private static void instructions(Reading reading, int lines) {
        int last = 0;
        for (Instruction instruction : reading.instructions()) {
            SourceRange range = instruction.range();
            Property.holds(
                    range.firstLine() > last, "instructions are in the order of their lines");
            last = range.lastLine();
            Property.holds(last <= lines, "an instruction's lines are the file's");
            if (instruction instanceof Instruction.Onbuild onbuild) {
                trigger(onbuild);
            }
        }
    }

    private static void trigger(Instruction.Onbuild onbuild) {
        Property.holds(
                onbuild.trigger().filter(Instruction.From.class::isInstance).isEmpty(),
                "FROM is no trigger");
    }

    private static void file(Dockerfile file, Reading reading, int size) {
        List<Instruction> all = new ArrayList<>(file.globalArgs());
        for (Stage stage : file.stages()) {
            all.add(stage.from());
            all.addAll(stage.instructions());
        }
        Property.same(reading.instructions(), all, "each instruction belongs to one stage");
        Property.holds(Target.of(file).size() == file.stages().size(), "each stage is a target");
        try {
            Property.same(
                    Outline.of(file, REQUEST), Outline.of(file, REQUEST), "an outline is stable");
        } catch (DockerfileException e) {
            Property.wellSaid(e, size, file.source().lineCount());
        }
    }

    private static void dump(Source source, Reading reading, int size) {
        try {
            String dump = AstDump.of(source);
            Property.same(dump, AstDump.of(source), "a dump is stable");
            if (reading.error().isEmpty()) {
                Property.holds(
                        dump.lines().count() == reading.instructions().size(),
                        "a dump has one line an instruction");
            }
        } catch (DockerfileException e) {
            Property.wellSaid(e, size, source.lineCount());
            Property.holds(reading.error().isPresent(), "what can't be split can't be read");
        }
    }

    private static void checks(Source source, Reading reading, int size) {
        CheckReport report = BuildChecks.check(source, REQUEST);
        CheckReport again = BuildChecks.check(source, REQUEST);
        Property.same(report.findings(), again.findings(), "findings are stable");
        Property.same(said(report), said(again), "the error of the checks is stable");
        Property.holds(
                reading.error().isEmpty() || report.error().isPresent(),
                "what can't be read can't be checked");
        report.error().ifPresent(e -> Property.wellSaid(e, size, source.lineCount()));
        for (Finding finding : report.findings()) {
            Property.holds(
                    finding.range().lastLine() <= source.lineCount(),
                    "a finding's lines are the file's");
        }
    }

    private static Optional<String> said(CheckReport report) {
        return report.error().map(DockerfileException::render);
    }
}
