package dev.jbuild.cli;

import dev.jbuild.builder.upkeep.StoreUsage;
import dev.jbuild.oci.Json;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// Shows what takes how much of the store.
final class DfCommand implements Command {
    private static final List<String> FORMATS = List.of("table", "json");

    @Override
    public CommandSpec spec() {
        return Options.spec().addOption(Options.value("FORMAT", "table or json", "--format"));
    }

    @Override
    public int run(ParseResult args, Session session) throws IOException, UsageException {
        boolean json = Options.choice(args, "--format", FORMATS).equals("json");
        try (Store store = session.openStore()) {
            StoreUsage usage = StoreUsage.of(store);
            if (json) {
                byte[] document = json(store, usage).encodePretty();
                session.console().out().write(document, 0, document.length);
                session.console().out().println();
            } else {
                Table.print(rows(usage), session.console().out());
            }
            return ExitCode.OK.code();
        }
    }

    private static List<List<String>> rows(StoreUsage usage) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("TYPE", "COUNT", "SIZE", "RECLAIMABLE"));
        for (StoreUsage.Part part : usage.parts()) {
            rows.add(
                    List.of(
                            part.type(),
                            Integer.toString(part.count()),
                            Sizes.text(part.size()),
                            Sizes.text(part.reclaimable())));
        }
        rows.add(List.of("total", "", Sizes.text(usage.size()), Sizes.text(usage.reclaimable())));
        return rows;
    }

    private static Json json(Store store, StoreUsage usage) {
        List<Json> parts = new ArrayList<>();
        for (StoreUsage.Part part : usage.parts()) {
            parts.add(
                    Json.object()
                            .put("type", part.type())
                            .put("count", part.count())
                            .put("size", part.size())
                            .put("reclaimable", part.reclaimable())
                            .build());
        }
        return Json.object()
                .put("store", store.root().toString())
                .put("parts", Json.array(parts))
                .put("size", usage.size())
                .put("reclaimable", usage.reclaimable())
                .build();
    }
}
