package dev.jbuild.cli;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.signing.IdentityPolicy;
import dev.jbuild.signing.Verdict;
import dev.jbuild.store.layout.Store;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// Verifies where an image comes from: by its signatures, or by building it again.
final class VerifyCommand implements Command {
    private static final List<String> OF_SIGNATURES = List.of("--key", "--any-tag", "--any-name");
    private static final List<String> OF_REBUILDS =
            List.of(
                    "--file",
                    "--build-arg",
                    "--platform",
                    "--target",
                    "--label",
                    "--compression",
                    "--compression-level",
                    "--all",
                    "--format");

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                Options.spec(
                        Options.argument(
                                0,
                                "NAME",
                                "REGISTRY/NAME:TAG, or …@DIGEST; with --rebuild, an image of the"
                                        + " store"),
                        Options.optionalArgument(
                                1, "PATH", "with --rebuild: the build context, a directory"));
        spec.addOption(Options.value("PUB", "the public key's file", "--key"))
                .addOption(
                        Options.flag(
                                "accept a signature of any tag of the repository, or of none, as"
                                        + " cosign makes",
                                "--any-tag"))
                .addOption(Options.flag("accept whatever name was signed", "--any-name"))
                .addOption(
                        Options.flag(
                                "allow http to a registry that is not this machine",
                                "--plain-http"))
                .addOption(
                        Options.flag(
                                "build again from PATH with an empty store, and tell what differs",
                                "--rebuild"))
                .addOption(Options.value("STAGE", "the stage that was built", "--target"))
                .addOption(
                        Options.values(
                                "NAME=VALUE", "a label that was given (repeatable)", "--label"));
        return DiffCommand.declareOutput(
                BuildArguments.declareLayers(BuildArguments.declare(spec)));
    }

    private static IdentityPolicy policy(ParseResult args, ImageReference name) {
        if (Options.isSet(args, "--any-name")) {
            return new IdentityPolicy.AnyName();
        }
        return Options.isSet(args, "--any-tag")
                ? new IdentityPolicy.SameRepository(name)
                : new IdentityPolicy.SameName(name);
    }

    @Override
    public int run(ParseResult args, Session session) throws Exception {
        if (Options.isSet(args, "--rebuild")) {
            refuse(
                    args,
                    OF_SIGNATURES,
                    " is for signatures, and --rebuild builds again: run verify once for each");
            if (Options.argument(args, 1).isEmpty()) {
                throw new UsageException(
                        "--rebuild needs the build context too, as in jbuild verify --rebuild"
                                + " app:v1 .");
            }
            return Rebuild.run(args, session);
        }
        refuse(args, OF_REBUILDS, " is for building again: add --rebuild, or leave it out");
        if (!Options.argument(args, 1).isEmpty()) {
            throw new UsageException(
                    "'"
                            + Options.argument(args, 1)
                            + "': a build context is for building again: add --rebuild, or leave it"
                            + " out");
        }
        if (!args.hasMatchedOption("--key")) {
            throw new UsageException(
                    "how to verify? --key PUB verifies the signatures; --rebuild builds the image"
                            + " again");
        }
        return verifySignatures(args, session);
    }

    private static void refuse(ParseResult args, List<String> options, String why)
            throws UsageException {
        for (String option : options) {
            if (args.hasMatchedOption(option)) {
                throw new UsageException(option + why);
            }
        }
    }

    private static int verifySignatures(ParseResult args, Session session) throws Exception {
        ImageReference name = LocalImages.parse(Options.argument(args, 0));
        try (Store store = session.openStore()) {
            Verdict verdict =
                    new Registries(session, store, Options.isSet(args, "--plain-http"))
                            .verify(
                                    name,
                                    Path.of(args.matchedOptionValue("--key", "")),
                                    policy(args, name));
            return switch (verdict) {
                case Verdict.Trusted trusted -> {
                    session.console().out().println("verified: signed as " + trusted.identity());
                    yield ExitCode.OK.code();
                }
                case Verdict.Untrusted untrusted -> {
                    session.console()
                            .err()
                            .println(
                                    "jbuild: "
                                            + name
                                            + ": "
                                            + untrusted.reason()
                                            + "; "
                                            + untrusted.remedy());
                    yield ExitCode.UNTRUSTED.code();
                }
            };
        }
    }
}
