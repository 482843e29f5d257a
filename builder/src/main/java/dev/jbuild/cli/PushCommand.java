package dev.jbuild.cli;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.store.layout.Store;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class PushCommand implements Command {
    @Override
    public CommandSpec spec() {
        return Options.spec(
                        Options.argument(0, "NAME", "an image of the store"),
                        Options.optionalArgument(1, "TO", "REGISTRY/NAME:TAG; else NAME itself"))
                .addOption(Options.value("KEY", "sign it with this key file", "--sign"))
                .addOption(
                        Options.flag(
                                "allow http to a registry that is not this machine",
                                "--plain-http"));
    }

    @Override
    public int run(ParseResult args, Session session) throws Exception {
        String words = Options.argument(args, 0);
        String to = Options.argument(args, 1);
        ImageReference target = LocalImages.parse(to.isEmpty() ? words : to);
        Optional<Path> key =
                Optional.ofNullable(args.matchedOptionValue("--sign", (String) null)).map(Path::of);
        try (Store store = session.openStore()) {
            Descriptor image = new LocalImages(store).require(words);
            new Registries(session, store, Options.isSet(args, "--plain-http"))
                    .push(target, image, key);
            session.console().out().println(image.digest());
            return ExitCode.OK.code();
        }
    }
}
