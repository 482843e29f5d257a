package dev.jbuild.cli;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.store.layout.Store;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class SignCommand implements Command {
    @Override
    public CommandSpec spec() {
        return Options.spec(Options.argument(0, "NAME", "REGISTRY/NAME:TAG"))
                .addOption(Options.required("KEY", "the private key's file", "--key"))
                .addOption(
                        Options.values(
                                "NAME=VALUE",
                                "what else to state (repeatable)",
                                "-a",
                                "--annotation"))
                .addOption(
                        Options.flag(
                                "allow http to a registry that is not this machine",
                                "--plain-http"));
    }

    @Override
    public int run(ParseResult args, Session session) throws Exception {
        ImageReference name = LocalImages.parse(Options.argument(args, 0));
        Map<String, String> annotations = new LinkedHashMap<>();
        for (String word : Options.values(args, "--annotation")) {
            int equals = word.indexOf('=');
            if (equals < 1) {
                throw new UsageException("--annotation " + word + ": it is NAME=VALUE");
            }
            annotations.put(word.substring(0, equals), word.substring(equals + 1));
        }
        try (Store store = session.openStore()) {
            int signed =
                    new Registries(session, store, Options.isSet(args, "--plain-http"))
                            .sign(name, Path.of(args.matchedOptionValue("--key", "")), annotations);
            session.console()
                    .out()
                    .println("signed " + name + (signed > 1 ? ", " + signed + " manifests" : ""));
            return ExitCode.OK.code();
        }
    }
}
