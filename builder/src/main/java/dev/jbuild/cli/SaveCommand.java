package dev.jbuild.cli;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.layout.ImageArchive;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class SaveCommand implements Command {
    private static final String STANDARD_OUTPUT = "-";

    /// What `--format` may be.
    private enum Format {
        OCI,
        OCI_DIR,
        DOCKER
    }

    @Override
    public CommandSpec spec() {
        return Options.spec(Options.arguments(0, "1..*", "NAME", "the images"))
                .addOption(
                        Options.value(
                                "FORMAT",
                                "oci (an OCI layout as a tar), oci-dir (one as a directory) or docker",
                                "--format"))
                .addOption(
                        Options.value(
                                "OS/ARCH",
                                "the one image of an index to save; else all of them (docker: this machine's)",
                                "--platform"))
                .addOption(
                        Options.required(
                                "PLACE",
                                "the tar to write, - for standard output, or DIRECTORY/",
                                "-o",
                                "--output"));
    }

    @Override
    public int run(ParseResult args, Session session) throws IOException, UsageException {
        String output = args.matchedOptionValue("--output", "");
        Format format = format(args, output);
        Optional<Platform> platform = Options.platform(args);
        try (Store store = session.openStore()) {
            List<ImageReference> names = new ArrayList<>();
            for (String word : Options.arguments(args, 0)) {
                new LocalImages(store).require(word);
                names.add(LocalImages.parse(word));
            }
            ImageArchive archive = new ImageArchive(store, platform);
            switch (format) {
                case OCI -> save(archive, names, ImageArchive.Format.OCI, output, session);
                case DOCKER -> save(archive, names, ImageArchive.Format.DOCKER, output, session);
                case OCI_DIR -> archive.saveDirectory(names, Path.of(output));
            }
            return ExitCode.OK.code();
        }
    }

    /// A place that can be nothing but a directory says what is to be written there.
    private static Format format(ParseResult args, String output) throws UsageException {
        boolean directory = output.endsWith("/") || Files.isDirectory(Path.of(output));
        Format format =
                switch (args.matchedOptionValue("--format", directory ? "oci-dir" : "oci")) {
                    case "oci" -> Format.OCI;
                    case "oci-dir" -> Format.OCI_DIR;
                    case "docker" -> Format.DOCKER;
                    case String other ->
                            throw new UsageException(
                                    "--format " + other + ": it is oci, oci-dir or docker");
                };
        if (format == Format.OCI_DIR && output.equals(STANDARD_OUTPUT)) {
            throw new UsageException("--format oci-dir needs a directory after -o");
        }
        return format;
    }

    private static void save(
            ImageArchive archive,
            List<ImageReference> names,
            ImageArchive.Format format,
            String output,
            Session session)
            throws IOException {
        if (!output.equals(STANDARD_OUTPUT)) {
            archive.save(names, format, Path.of(output));
            return;
        }
        archive.save(names, format, session.console().out());
        if (session.console().out().checkError()) {
            throw new IOException("standard output was closed before all was written");
        }
    }
}
