package dev.jbuild.cli;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.layout.ImageArchive;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class LoadCommand implements Command {
    private static final String STANDARD_INPUT = "-";

    @Override
    public CommandSpec spec() {
        return CommandSpec.create()
                .addOption(
                        Options.value(
                                "NAME",
                                "the name of the image, in place of that in the archive",
                                "-t",
                                "--tag"))
                .addOption(
                        Options.required(
                                "PLACE",
                                "an OCI layout (tar or directory) or a docker archive; - for standard input",
                                "-i",
                                "--input"));
    }

    @Override
    public int run(ParseResult args, Session session) throws IOException {
        String input = args.matchedOptionValue("--input", "");
        String tag = args.matchedOptionValue("--tag", "");
        Optional<ImageReference> name =
                tag.isEmpty() ? Optional.empty() : Optional.of(LocalImages.parse(tag));
        try (Store store = session.openStore()) {
            ImageArchive archive = new ImageArchive(store);
            List<NamedImage> images =
                    input.equals(STANDARD_INPUT)
                            ? archive.load(System.in, "standard input", name)
                            : archive.load(Path.of(input), name);
            for (NamedImage image : images) {
                session.console().out().println("loaded " + image.name().familiar());
            }
            return ExitCode.OK.code();
        }
    }
}
