package dev.jbuild.cli;

import dev.jbuild.store.layout.Store;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class TagCommand implements Command {
    @Override
    public CommandSpec spec() {
        return Options.spec(
                Options.argument(0, "IMAGE", "a name or the beginning of a digest"),
                Options.argument(1, "NAME", "the other name"));
    }

    @Override
    public int run(ParseResult args, Session session) throws IOException {
        try (Store store = session.openStore()) {
            store.images()
                    .put(
                            LocalImages.parse(Options.argument(args, 1)),
                            new LocalImages(store).require(Options.argument(args, 0)));
            return ExitCode.OK.code();
        }
    }
}
