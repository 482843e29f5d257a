package dev.jbuild.registry.server;

import dev.jbuild.registry.server.access.AuditLog;
import dev.jbuild.registry.server.upkeep.Collected;
import java.util.Optional;
import java.util.function.Consumer;

/// Puts on record what policies delete that somebody pushed: tags and manifests.
///
/// @param audit where to, if anywhere
record Recorded(Optional<AuditLog> audit) implements Consumer<Collected> {
    private static final String ACTION = "delete";

    @Override
    public void accept(Collected collected) {
        audit.ifPresent(log -> record(log, collected));
    }

    private static void record(AuditLog log, Collected collected) {
        switch (collected) {
            case Collected.RetiredTag tag ->
                    log.recordOwn(
                            ACTION, tag.repository() + ":" + tag.tag(), "retention: " + tag.why());
            case Collected.Manifest manifest ->
                    log.recordOwn(
                            ACTION,
                            manifest.repository() + "@" + manifest.digest(),
                            "garbage: untagged");
            case Collected.Blob _,
                    Collected.Repository _,
                    Collected.PutAside _,
                    Collected.Removed _,
                    Collected.Stray _ -> {} // nobody's any more before
        }
    }
}
