package dev.jbuild.cli;

import dev.jbuild.store.NamedImage;
import dev.jbuild.store.layout.RootfsImport;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class ImportCommand implements Command {
    @Override
    public CommandSpec spec() {
        return Options.spec(
                Options.argument(
                        0, "FILE", "a tar, plain or compressed by gzip, zstd, xz or bzip2"),
                Options.argument(1, "NAME", "what to call the image"));
    }

    @Override
    public int run(ParseResult args, Session session) throws IOException {
        try (Store store = session.openStore()) {
            NamedImage image =
                    RootfsImport.into(store)
                            .run(
                                    Path.of(Options.argument(args, 0)),
                                    LocalImages.parse(Options.argument(args, 1)));
            session.console().out().println(image.descriptor().digest());
            return ExitCode.OK.code();
        }
    }
}
