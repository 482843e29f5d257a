package dev.jbuild.cli;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.store.layout.ImageArchive;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class SaveCommand implements Command {
    @Override
    public CommandSpec spec() {
        return Options.spec(Options.arguments(0, "1..*", "NAME", "the images"))
                .addOption(
                        Options.value(
                                "FORMAT", "oci (an OCI layout, as it is) or docker", "--format"))
                .addOption(Options.required("FILE", "the tar to write", "-o", "--output"));
    }

    @Override
    public int run(ParseResult args, Session session) throws IOException, UsageException {
        ImageArchive.Format format =
                switch (args.matchedOptionValue("--format", "oci")) {
                    case "oci" -> ImageArchive.Format.OCI;
                    case "docker" -> ImageArchive.Format.DOCKER;
                    case String other ->
                            throw new UsageException("--format " + other + ": it is oci or docker");
                };
        try (Store store = session.openStore()) {
            List<ImageReference> names = new ArrayList<>();
            for (String word : Options.arguments(args, 0)) {
                new LocalImages(store).require(word);
                names.add(LocalImages.parse(word));
            }
            new ImageArchive(store)
                    .save(names, format, Path.of(args.matchedOptionValue("--output", "")));
            return ExitCode.OK.code();
        }
    }
}
