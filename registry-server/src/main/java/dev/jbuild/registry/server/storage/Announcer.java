package dev.jbuild.registry.server.storage;

import java.util.List;
import java.util.Optional;

/// Says who is to be told of a change, within the transaction that makes it.
public interface Announcer {
    /// Nobody is told of anything.
    Announcer NONE =
            new Announcer() {
                @Override
                public List<Announcement> of(
                        Change change, Optional<String> actor, long nowMillis) {
                    return List.of();
                }

                @Override
                public void committed() {}
            };

    /// @param receiver a name
    /// @param body what to tell it
    record Announcement(String receiver, String body) {}

    /// @param actor who made the change, if that is known
    List<Announcement> of(Change change, Optional<String> actor, long nowMillis);

    /// There are announcements that wait in the [Outbox]. Must not block.
    void committed();
}
