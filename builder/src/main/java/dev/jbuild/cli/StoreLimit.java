package dev.jbuild.cli;

import dev.jbuild.builder.upkeep.PrunePlan;
import dev.jbuild.builder.upkeep.PruneRequest;
import dev.jbuild.builder.upkeep.Pruner;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.util.OptionalLong;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// How large the store may be after a command: `--store-limit`, else JBUILD_STORE_LIMIT.
///
/// @param bytes empty if there is no limit
record StoreLimit(OptionalLong bytes) {
    private static final String OPTION = "--store-limit";
    private static final String VARIABLE = "JBUILD_STORE_LIMIT";

    static OptionSpec option() {
        return Options.value(
                "SIZE",
                "afterwards remove least recently used cache results and snapshots until the store"
                        + " takes no more than this, such as 20GB; else JBUILD_STORE_LIMIT",
                OPTION);
    }

    static StoreLimit of(ParseResult args, Console console) throws UsageException {
        String given = args.matchedOptionValue(OPTION, "");
        String text = given.isEmpty() ? console.variable(VARIABLE).orElse("") : given;
        return new StoreLimit(
                text.isEmpty()
                        ? OptionalLong.empty()
                        : OptionalLong.of(Sizes.parse(given.isEmpty() ? VARIABLE : OPTION, text)));
    }

    /// Brings the store below the limit. The command has done its work: what hinders this is a
    /// warning.
    void enforce(Store store, Console console) {
        if (bytes.isEmpty()) {
            return;
        }
        try (Pruner pruner = Pruner.open(store)) {
            PrunePlan gone = pruner.carryOut(pruner.plan(PruneRequest.downTo(bytes.getAsLong())));
            if (gone.left() > bytes.getAsLong()) {
                console.err()
                        .println(
                                "warning: the store takes "
                                        + Sizes.text(gone.left())
                                        + ", more than its limit of "
                                        + Sizes.text(bytes.getAsLong())
                                        + ": the rest is images, or in use; jbuild rmi removes"
                                        + " images");
            }
        } catch (IOException e) {
            console.err().println("warning: the store's limit is not kept: " + e.getMessage());
        }
    }
}
