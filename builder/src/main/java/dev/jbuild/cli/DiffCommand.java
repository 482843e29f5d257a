package dev.jbuild.cli;

import dev.jbuild.builder.compare.ComparedImage;
import dev.jbuild.builder.compare.Difference;
import dev.jbuild.builder.compare.ImageComparison;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.StoredImage;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// Compares two images; ends as diff(1) does: 0 if they are the same, 1 if not, 2 if one
/// can't be read.
final class DiffCommand implements Command {
    private static final List<String> FORMATS = List.of("text", "json");
    private static final int SHOWN_FILES = 20;

    @Override
    public CommandSpec spec() {
        return declareOutput(
                        Options.spec(
                                Options.argument(0, "IMAGE", "a name or the beginning of a digest"),
                                Options.argument(1, "IMAGE", "what to compare it with")))
                .addOption(
                        Options.value(
                                "OS/ARCH",
                                "which image of an index; else this machine's",
                                "--platform"));
    }

    /// The options that say how differences are shown.
    static CommandSpec declareOutput(CommandSpec spec) {
        return spec.addOption(
                        Options.flag(
                                "show every file that differs, not the first "
                                        + SHOWN_FILES
                                        + " of each layer",
                                "--all"))
                .addOption(Options.value("FORMAT", "text or json", "--format"));
    }

    @Override
    public int run(ParseResult args, Session session) throws Exception {
        Platform platform = BuildArguments.platform(args);
        try {
            return run(args, platform, session);
        } catch (IOException e) {
            throw new NotComparedException(e);
        }
    }

    private static int run(ParseResult args, Platform platform, Session session)
            throws IOException, UsageException {
        try (Store store = session.openStore()) {
            return compare(
                    image(store, Options.argument(args, 0), platform),
                    image(store, Options.argument(args, 1), platform),
                    args,
                    session.console());
        }
    }

    /// An image of a store by what a user calls it.
    static ComparedImage image(Store store, String words, Platform platform) throws IOException {
        StoredImage image =
                new ImageDocuments(store.blobs())
                        .image(new LocalImages(store).require(words), platform);
        return new ComparedImage(words, store, image);
    }

    /// Compares, prints what differs, and says so by the exit code.
    static int compare(ComparedImage first, ComparedImage second, ParseResult args, Console console)
            throws IOException, UsageException {
        boolean json = Options.choice(args, "--format", FORMATS).equals("json");
        int files = Options.isSet(args, "--all") ? Integer.MAX_VALUE : SHOWN_FILES;
        List<Difference> found = ImageComparison.of(first, second, files);
        if (json) {
            DiffJson.print(first, second, found, console.out());
        } else {
            DiffText.print(first, second, found, console.out());
        }
        return (found.isEmpty() ? ExitCode.OK : ExitCode.FAILED).code();
    }
}
