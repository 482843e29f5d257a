package dev.jbuild.cli;

import dev.jbuild.builder.BuildRequest;
import dev.jbuild.builder.BuildResult;
import dev.jbuild.builder.DockerfilePlace;
import dev.jbuild.builder.ImageBuilder;
import dev.jbuild.builder.plan.PlanRequest;
import dev.jbuild.builder.solve.SolveOptions;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.InvalidReferenceException;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class BuildCommand implements Command {
    @Override
    public CommandSpec spec() {
        return BuildArguments.declareLayers(
                        BuildArguments.declare(
                                Options.spec(
                                        Options.optionalArgument(
                                                0,
                                                "PATH",
                                                "the build context, a directory; - for an archive of it,"
                                                        + " or a Dockerfile, on standard input"))))
                .addOption(
                        Options.values(
                                "NAME", "what to call the image (repeatable)", "-t", "--tag"))
                .addOption(Options.value("STAGE", "the stage to build; else the last", "--target"))
                .addOption(
                        Options.values(
                                "NAME=VALUE", "a label for the image (repeatable)", "--label"))
                .addOption(Options.flag("execute every step", "--no-cache"))
                .addOption(Options.flag("push the image to the registry its name says", "--push"))
                .addOption(Options.value("KEY", "sign what is pushed with this key file", "--sign"))
                .addOption(
                        Options.flag(
                                "allow http to a registry that is not this machine",
                                "--plain-http"))
                .addOption(Options.value("FILE", "write the image's digest there", "--iidfile"))
                .addOption(StoreLimit.option())
                .addOption(Options.value("STYLE", "auto, plain or quiet", "--progress"))
                .addOption(Options.flag("print the digest only", "-q", "--quiet"));
    }

    @Override
    public int run(ParseResult args, Session session) throws Exception {
        requireContext(args);
        boolean push = Options.isSet(args, "--push");
        List<ImageReference> names = names(Options.values(args, "--tag"));
        if (push && names.isEmpty()) {
            throw new UsageException(
                    "--push needs to know where to: name the image with -t REGISTRY/NAME:TAG");
        }
        Optional<Path> key =
                Optional.ofNullable(args.matchedOptionValue("--sign", (String) null)).map(Path::of);
        if (key.isPresent() && !push) {
            throw new UsageException(
                    "--sign signs what is pushed: add --push, or run jbuild sign later");
        }
        StoreLimit limit = StoreLimit.of(args, session.console());
        Progress progress = new Progress(session.console().err(), style(args, session.console()));
        Map<String, String> labels =
                BuildArguments.assignments(
                        Options.values(args, "--label"), "--label", session.console());
        PlanRequest plan = BuildArguments.plan(args, labels, session.console());
        SolveOptions options =
                new SolveOptions(
                        !Options.isSet(args, "--no-cache"),
                        epoch(plan.buildArgs(), session.console()),
                        BuildArguments.layers(args),
                        () -> Registries.network(session.console()));
        try (Store store = session.openStore()) {
            StandardInput.Context context = context(Options.argument(args, 0), args, store);
            BuildRequest request =
                    new BuildRequest(context.path(), context.dockerfile(), names, plan, options);
            Registries registries =
                    new Registries(session, store, Options.isSet(args, "--plain-http"));
            BuildResult result;
            ImageBuilder builder = session.imageBuilder(store, registries);
            try (EarlyUploads uploads =
                    registries.earlyUploads(push ? request.names() : List.of())) {
                result = build(builder, request, progress, uploads);
                uploads.await();
            }
            result.warnings()
                    .forEach(warning -> session.console().err().println("warning: " + warning));
            if (push) {
                for (ImageReference name : request.names()) {
                    registries.push(name, result.manifest().descriptor(), key);
                }
            }
            String digest = result.manifest().descriptor().digest().toString();
            String file = args.matchedOptionValue("--iidfile", "");
            if (!file.isEmpty()) {
                Files.writeString(Path.of(file), digest);
            }
            limit.enforce(store, session.console());
            session.console().out().println(digest);
            return ExitCode.OK.code();
        }
    }

    private static BuildResult build(
            ImageBuilder builder, BuildRequest request, Progress progress, EarlyUploads uploads)
            throws Exception {
        try {
            return builder.build(request, progress.andThen(uploads));
        } catch (Exception e) {
            progress.tellFailed();
            throw e;
        } finally {
            progress.tellFindings();
        }
    }

    private static void requireContext(ParseResult args) throws UsageException {
        String path = Options.argument(args, 0);
        if (path.isEmpty()) {
            throw new UsageException(
                    "no build context: name a directory, such as jbuild -t app:v1 .");
        }
        if (path.equals("-")) {
            if (args.matchedOptionValue("--file", "").equals("-")) {
                throw new UsageException(
                        "standard input can't be the context and the Dockerfile too: put one of"
                                + " both into a file");
            }
        } else if (!Files.exists(Path.of(path)) && Commands.like(path).isPresent()) {
            throw new UsageException(Help.unknown(path));
        }
    }

    /// The context at a path and where its Dockerfile is; `-` is standard input.
    static StandardInput.Context context(String path, ParseResult args, Store store)
            throws UsageException, IOException {
        Optional<Path> file = BuildArguments.file(args);
        if (path.equals("-")) {
            return StandardInput.context(System.in, file, store.temp());
        }
        DockerfilePlace dockerfile =
                file.isEmpty()
                        ? DockerfilePlace.standard()
                        : file.get().equals(Path.of("-"))
                                ? StandardInput.dockerfile(System.in)
                                : new DockerfilePlace.InFile(file.get());
        return new StandardInput.Context(Path.of(path), dockerfile);
    }

    private static List<ImageReference> names(List<String> words) throws UsageException {
        List<ImageReference> names = new ArrayList<>();
        for (String word : words) {
            try {
                names.add(ImageReference.parse(word));
            } catch (InvalidReferenceException e) {
                throw new UsageException("-t " + word + ": " + e.getMessage());
            }
            if (names.getLast().digest().isPresent()) {
                throw new UsageException(
                        "-t " + word + ": an image is given a tag, its digest follows from it");
            }
        }
        return names;
    }

    /// What `SOURCE_DATE_EPOCH` says, as build argument or variable.
    static Optional<Instant> epoch(Map<String, String> buildArgs, Console console)
            throws UsageException {
        String given = buildArgs.get("SOURCE_DATE_EPOCH");
        Optional<String> text =
                given != null ? Optional.of(given) : console.variable("SOURCE_DATE_EPOCH");
        try {
            return text.map(seconds -> Instant.ofEpochSecond(Long.parseLong(seconds)));
        } catch (NumberFormatException | DateTimeException e) {
            throw new UsageException(
                    "SOURCE_DATE_EPOCH is '"
                            + text.orElse("")
                            + "': it is a number of seconds since 1970");
        }
    }

    private static Progress.Style style(ParseResult args, Console console) throws UsageException {
        if (Options.isSet(args, "--quiet")) {
            return Progress.Style.QUIET;
        }
        return switch (args.matchedOptionValue("--progress", "auto")) {
            case "auto" -> console.terminal() ? Progress.Style.COMPACT : Progress.Style.PLAIN;
            case "plain" -> Progress.Style.PLAIN;
            case "quiet" -> Progress.Style.QUIET;
            case String other ->
                    throw new UsageException(
                            "--progress " + other + ": it is auto, plain or quiet");
        };
    }
}
