package dev.jbuild.cli;

import dev.jbuild.builder.DockerfileCheck;
import dev.jbuild.builder.DockerfileText;
import dev.jbuild.builder.image.KnownBaseImages;
import dev.jbuild.builder.plan.PlanRequest;
import dev.jbuild.builder.source.IgnoreFile;
import dev.jbuild.dockerfile.AstDump;
import dev.jbuild.dockerfile.DockerIgnore;
import dev.jbuild.dockerfile.DockerfileParser;
import dev.jbuild.dockerfile.Source;
import dev.jbuild.dockerfile.check.BaseImages;
import dev.jbuild.dockerfile.check.BuildChecks;
import dev.jbuild.dockerfile.check.CheckReport;
import dev.jbuild.dockerfile.check.CheckRequest;
import dev.jbuild.dockerfile.check.Outline;
import dev.jbuild.dockerfile.check.Target;
import dev.jbuild.store.StoreException;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// Looks at a Dockerfile without building it. Makes no store and pulls no image; what a store has
/// already is taken into account.
final class CheckCommand implements Command {
    private static final List<String> FORMATS = List.of("text", "json", "ast");
    private static final List<String> CALLS = List.of("check", "outline", "targets");

    @Override
    public CommandSpec spec() {
        return BuildArguments.declare(
                        Options.spec(
                                Options.optionalArgument(
                                        0, "PATH", "the build context, a directory; else .")))
                .addOption(
                        Options.value(
                                "STAGE",
                                "look at this stage and those it needs; else at all of them",
                                "--target"))
                .addOption(
                        Options.value(
                                "WHAT",
                                "check; outline: what a build of the target can be given; targets:"
                                        + " the stages",
                                "--call"))
                .addOption(
                        Options.value("FORMAT", "text, json, or ast: the parse tree", "--format"))
                .addOption(Options.flag("let warnings be a failure", "--error"));
    }

    @Override
    public int run(ParseResult args, Session session) throws Exception {
        String format = Options.choice(args, "--format", FORMATS);
        String call = Options.choice(args, "--call", CALLS);
        boolean ast = format.equals("ast");
        if (ast && !call.equals("check")) {
            throw new UsageException("--format ast shows the parse tree: leave --call out");
        }
        Console console = session.console();
        Path context = context(args);
        Optional<Path> named = BuildArguments.file(args);
        Path file = DockerfileText.path(context, named.filter(f -> !isStandardInput(f)));
        Source source =
                named.filter(CheckCommand::isStandardInput).isPresent()
                        ? Source.read("stdin", System.in)
                        : DockerfileText.read(file);
        if (ast) {
            console.out().println(AstDump.of(source));
            return ExitCode.OK.code();
        }
        CheckPrinter printer =
                format.equals("json")
                        ? new CheckJson(source, console.out())
                        : new CheckText(source, console.out());
        if (call.equals("targets")) {
            printer.targets(Target.of(DockerfileParser.parse(source)));
            return ExitCode.OK.code();
        }
        PlanRequest plan = BuildArguments.plan(args, Map.of(), console);
        DockerIgnore ignore = IgnoreFile.of(context, file).read();
        Optional<Store> opened = store(session);
        if (opened.isEmpty()) {
            CheckRequest request = DockerfileCheck.request(plan, ignore, BaseImages.none());
            return look(args, source, request, printer, console);
        }
        try (Store store = opened.get()) {
            CheckRequest request =
                    DockerfileCheck.request(plan, ignore, new KnownBaseImages(store));
            return look(args, source, request, printer, console);
        }
    }

    /// The store, if there is one. One that this user may not use is told and left alone: a
    /// check has to be possible without.
    private static Optional<Store> store(Session session) throws IOException {
        if (!Files.exists(session.storeRoot().resolve("oci-layout"))) {
            return Optional.empty();
        }
        try {
            return Optional.of(session.openStore());
        } catch (StoreException e) {
            session.console()
                    .err()
                    .println("warning: checked without the store's images: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static int look(
            ParseResult args,
            Source source,
            CheckRequest request,
            CheckPrinter printer,
            Console console)
            throws IOException, UsageException {
        if (Options.choice(args, "--call", CALLS).equals("outline")) {
            printer.outline(Outline.of(DockerfileParser.parse(source), request));
            return ExitCode.OK.code();
        }
        CheckReport report = BuildChecks.check(source, request);
        printer.report(report);
        report.notes().forEach(note -> console.err().println("warning: " + Source.printable(note)));
        if (report.error().isPresent()) {
            throw report.error().get();
        }
        Optional<String> failure =
                Options.isSet(args, "--error") ? report.violations() : report.failure();
        if (failure.isPresent()) {
            throw new IOException(failure.get());
        }
        return ExitCode.OK.code();
    }

    private static Path context(ParseResult args) throws IOException {
        String path = Options.argument(args, 0);
        Path context = Path.of(path.isEmpty() ? "." : path);
        DockerfileText.requireContext(context);
        return context;
    }

    private static boolean isStandardInput(Path file) {
        return file.equals(Path.of("-"));
    }
}
