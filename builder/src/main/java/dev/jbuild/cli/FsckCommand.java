package dev.jbuild.cli;

import dev.jbuild.builder.upkeep.StoreHealing;
import dev.jbuild.store.layout.Store;
import java.io.PrintStream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// Looks for damage in the store, and mends it if asked.
final class FsckCommand implements Command {
    @Override
    public CommandSpec spec() {
        return Options.spec()
                .addOption(
                        Options.flag(
                                "remove what is of no use, and get again what can be had, from the"
                                        + " store or from the registry that an image's name says",
                                "--repair"))
                .addOption(
                        Options.flag(
                                "allow http to a registry that is not this machine",
                                "--plain-http"));
    }

    @Override
    public int run(ParseResult args, Session session) throws Exception {
        PrintStream out = session.console().out();
        try (Store store = session.openStore()) {
            Registries registries =
                    new Registries(session, store, Options.isSet(args, "--plain-http"));
            StoreHealing healing =
                    new StoreHealing(
                            store,
                            () -> session.openSnapshots(store),
                            registries::fetchAgain,
                            out::println);
            int damages = Options.isSet(args, "--repair") ? healing.repair() : healing.check();
            out.println(
                    healing.extent()
                            + (damages == 0
                                    ? ": no damage"
                                    : ": " + damages + (damages == 1 ? " damage" : " damages")));
            return damages == 0 ? ExitCode.OK.code() : ExitCode.FAILED.code();
        }
    }
}
