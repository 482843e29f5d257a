package dev.jbuild.cli;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.StoredImage;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class ImagesCommand implements Command {
    @Override
    public CommandSpec spec() {
        return Options.spec().addOption(Options.flag("names only", "--quiet", "-q"));
    }

    @Override
    public int run(ParseResult args, Session session) throws IOException {
        try (Store store = session.openStore()) {
            List<NamedImage> images = store.images().list();
            Console console = session.console();
            if (Options.isSet(args, "--quiet")) {
                images.forEach(image -> console.out().println(image.name().familiar()));
                return ExitCode.OK.code();
            }
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("NAME", "DIGEST", "CREATED", "SIZE"));
            for (NamedImage image : images) {
                rows.add(row(image, new ImageDocuments(store.blobs())));
            }
            Table.print(rows, console.out());
            return ExitCode.OK.code();
        }
    }

    private static List<String> row(NamedImage named, ImageDocuments documents) throws IOException {
        StoredImage image = documents.image(named.descriptor(), Platform.host());
        long size =
                image.manifest().value().config().size()
                        + image.manifest().value().layers().stream()
                                .mapToLong(Descriptor::size)
                                .sum();
        return List.of(
                named.name().familiar(),
                LocalImages.shortId(named.descriptor().digest()),
                image.config().created().map(Times::text).orElse("-"),
                Sizes.text(size));
    }
}
