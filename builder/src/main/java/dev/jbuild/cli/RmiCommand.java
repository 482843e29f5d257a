package dev.jbuild.cli;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class RmiCommand implements Command {
    @Override
    public CommandSpec spec() {
        return Options.spec(
                Options.arguments(
                        0, "1..*", "NAME", "names to remove; jbuild prune frees their space"));
    }

    @Override
    public int run(ParseResult args, Session session) throws IOException {
        try (Store store = session.openStore()) {
            List<String> names = Options.arguments(args, 0);
            for (String name : names) {
                ImageReference reference = LocalImages.parse(name);
                if (store.images().remove(reference).isEmpty()) {
                    new LocalImages(store).require(name);
                    throw new IOException(
                            "'"
                                    + name
                                    + "' is a digest; rmi removes names (jbuild images lists them)");
                }
                session.console().out().println("removed " + reference.familiar());
            }
            return ExitCode.OK.code();
        }
    }
}
