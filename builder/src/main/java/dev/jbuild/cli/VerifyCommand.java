package dev.jbuild.cli;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.signing.IdentityPolicy;
import dev.jbuild.signing.Verdict;
import dev.jbuild.store.layout.Store;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class VerifyCommand implements Command {
    @Override
    public CommandSpec spec() {
        return Options.spec(Options.argument(0, "NAME", "REGISTRY/NAME:TAG, or …@DIGEST"))
                .addOption(Options.required("PUB", "the public key's file", "--key"))
                .addOption(
                        Options.flag(
                                "accept a signature of any tag of the repository, or of none, as cosign makes",
                                "--any-tag"))
                .addOption(Options.flag("accept whatever name was signed", "--any-name"))
                .addOption(
                        Options.flag(
                                "allow http to a registry that is not this machine",
                                "--plain-http"));
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
