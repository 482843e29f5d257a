package dev.jbuild.registry.server.upkeep;

import dev.jbuild.registry.server.storage.ContentIndex;
import dev.jbuild.registry.server.storage.ContentIndex.Content;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.StagedContent;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// Gets content back from a mirror: verified while it is written, synced, and only then put in its
/// place, where nothing is any more.
final class Repair implements AutoCloseable {
    private static final int MOST_ASKED_FOR = 10;

    private final Metadata metadata;
    private final ContentStore content;
    private final Mirror.Round mirror;

    Repair(Metadata metadata, ContentStore content, Mirror.Round mirror) {
        this.metadata = metadata;
        this.content = content;
        this.mirror = mirror;
    }

    /// @param item marked as damaged
    /// @return why not, if it could not be got back
    Optional<String> restore(Content item) throws IOException, InterruptedException {
        List<ContentIndex.Holder> holders =
                metadata.contents().holders(item.digest(), MOST_ASKED_FOR);
        String why = "no repository has it any more";
        for (ContentIndex.Holder holder : holders) {
            try (StagedContent staged = content.stage(item.digest(), item.size())) {
                mirror.fetch(holder, item.digest(), item.size(), staged::write);
                staged.finish();
                put(staged);
                return Optional.empty();
            } catch (IOException e) {
                why = "'" + holder.repository() + "': " + e.getMessage();
            }
        }
        return Optional.of(why);
    }

    private void put(StagedContent staged) throws IOException {
        try (ContentStore.Hold hold = content.hold(staged.digest())) {
            hold.adopt(staged.file());
            if (metadata.contents().markWhole(staged.digest())) {
                hold.known();
            }
        }
    }

    @Override
    public void close() {
        mirror.close();
    }
}
