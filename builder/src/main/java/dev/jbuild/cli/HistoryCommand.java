package dev.jbuild.cli;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.History;
import dev.jbuild.store.StoredImage;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class HistoryCommand implements Command {
    private static final int SHOWN = 100;

    @Override
    public CommandSpec spec() {
        return Options.spec(Options.argument(0, "IMAGE", "a name or the beginning of a digest"))
                .addOption(Options.flag("don't shorten", "--no-trunc"));
    }

    @Override
    public int run(ParseResult args, Session session) throws IOException {
        try (Store store = session.openStore()) {
            StoredImage image = new LocalImages(store).requireImage(Options.argument(args, 0));
            List<Descriptor> layers = image.manifest().value().layers();
            List<List<String>> rows = new ArrayList<>();
            int layer = 0;
            for (History entry : image.config().history()) {
                boolean hasLayer = !entry.emptyLayer() && layer < layers.size();
                String size = hasLayer ? Sizes.text(layers.get(layer).size()) : "0 B";
                layer += hasLayer ? 1 : 0;
                rows.addFirst(
                        List.of(
                                entry.created().map(Times::text).orElse("-"),
                                shorten(
                                        entry.createdBy().orElse(""),
                                        Options.isSet(args, "--no-trunc")),
                                size));
            }
            rows.addFirst(List.of("CREATED", "CREATED BY", "SIZE"));
            Table.print(rows, session.console().out());
            return ExitCode.OK.code();
        }
    }

    private static String shorten(String text, boolean whole) {
        String line = text.replace('\n', ' ').replace('\t', ' ');
        return whole || line.length() <= SHOWN ? line : line.substring(0, SHOWN - 1) + "…";
    }
}
