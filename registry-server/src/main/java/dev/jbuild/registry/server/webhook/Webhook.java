package dev.jbuild.registry.server.webhook;

import dev.jbuild.oci.RepositoryName;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// Somebody who is told of changes.
///
/// @param name what it is called in the outbox, the log and the figures
/// @param secret the file of the key that requests are signed with, read each time
/// @param giveUp how old an event that can't be delivered becomes
public record Webhook(
        String name,
        URI url,
        Predicate<RepositoryName> repositories,
        Set<Event> events,
        Optional<Path> secret,
        Duration giveUp) {
    public Webhook {
        events = Set.copyOf(events);
    }

    /// What can be told.
    public enum Event {
        /// A repository has a manifest that it didn't have.
        PUSH("push", "dev.jbuild.registry.manifest.pushed"),
        /// A repository has lost a manifest, and all tags that it had.
        DELETE("delete", "dev.jbuild.registry.manifest.deleted"),
        /// A tag points at a manifest, be it new, moved or pushed again.
        TAG("tag", "dev.jbuild.registry.tag.pushed"),
        /// A tag was deleted.
        UNTAG("untag", "dev.jbuild.registry.tag.deleted");

        private final String option;
        private final String type;

        Event(String option, String type) {
            this.option = option;
            this.type = type;
        }

        /// As the configuration has it.
        public String option() {
            return option;
        }

        /// The CloudEvents attribute `type`.
        String type() {
            return type;
        }
    }

    /// Where it is, without what may be secret.
    String place() {
        return url.getScheme() + "://" + url.getAuthority();
    }
}
