package dev.jbuild.cli;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.layout.Store;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class PullCommand implements Command {
    @Override
    public CommandSpec spec() {
        return Options.spec(Options.argument(0, "NAME", "REGISTRY/NAME:TAG, or …@DIGEST"))
                .addOption(StoreLimit.option())
                .addOption(
                        Options.flag(
                                "allow http to a registry that is not this machine",
                                "--plain-http"));
    }

    @Override
    public int run(ParseResult args, Session session) throws Exception {
        StoreLimit limit = StoreLimit.of(args, session.console());
        ImageReference name = LocalImages.parse(Options.argument(args, 0));
        try (Store store = session.openStore()) {
            Descriptor pulled =
                    new Registries(session, store, Options.isSet(args, "--plain-http"))
                            .pullImage(name, Platform.host());
            limit.enforce(store, session.console());
            session.console().out().println(pulled.digest());
            return ExitCode.OK.code();
        }
    }
}
