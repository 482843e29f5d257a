package dev.jbuild.registry.server.journal;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The index has committed, but the disk failed to take what the journal says of it.
public final class UnsyncedJournalException extends IOException {
    private static final long serialVersionUID = 1L;

    UnsyncedJournalException(@Nullable Throwable cause) {
        super("the journal could not be synced", cause);
    }
}
