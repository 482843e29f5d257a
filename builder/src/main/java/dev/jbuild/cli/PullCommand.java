package dev.jbuild.cli;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.layout.Store;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class PullCommand implements Command {
    @Override
    public CommandSpec spec() {
        return Options.spec(Options.argument(0, "NAME", "REGISTRY/NAME:TAG, or …@DIGEST"))
                .addOption(StoreLimit.option())
                .addOption(
                        Options.value(
                                "OS/ARCH",
                                "the image of an index to pull; else the one for this machine",
                                "--platform"))
                .addOption(Options.flag("pull all images of an index", "--all-platforms"))
                .addOption(
                        Options.flag(
                                "allow http to a registry that is not this machine",
                                "--plain-http"));
    }

    @Override
    public int run(ParseResult args, Session session) throws Exception {
        Optional<Platform> platform = Options.platform(args);
        boolean all = Options.isSet(args, "--all-platforms");
        if (all && platform.isPresent()) {
            throw new UsageException("--platform and --all-platforms can't both be given");
        }
        StoreLimit limit = StoreLimit.of(args, session.console());
        ImageReference name = LocalImages.parse(Options.argument(args, 0));
        try (Store store = session.openStore()) {
            Registries registries =
                    new Registries(session, store, Options.isSet(args, "--plain-http"));
            Descriptor pulled =
                    all
                            ? registries.pullAll(name)
                            : registries.pullImage(name, platform.orElseGet(Platform::host));
            limit.enforce(store, session.console());
            session.console().out().println(pulled.digest());
            return ExitCode.OK.code();
        }
    }
}
