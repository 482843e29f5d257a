package dev.jbuild.cli;

import dev.jbuild.store.NamedImage;
import dev.jbuild.store.layout.ImageArchive;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class LoadCommand implements Command {
    @Override
    public CommandSpec spec() {
        return CommandSpec.create()
                .addOption(
                        Options.required(
                                "FILE",
                                "an OCI layout (tar or directory) or a docker archive",
                                "-i",
                                "--input"));
    }

    @Override
    public int run(ParseResult args, Session session) throws IOException {
        try (Store store = session.openStore()) {
            for (NamedImage image :
                    new ImageArchive(store).load(Path.of(args.matchedOptionValue("--input", "")))) {
                session.console().out().println("loaded " + image.name().familiar());
            }
            return ExitCode.OK.code();
        }
    }
}
