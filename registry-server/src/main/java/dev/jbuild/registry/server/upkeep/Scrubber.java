package dev.jbuild.registry.server.upkeep;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.InvalidDigestException;
import dev.jbuild.registry.server.storage.ContentIndex.Content;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.FileDigests;
import dev.jbuild.registry.server.storage.Metadata;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// Reads all content and compares it with its digest, beside everything else. What is damaged is
/// put aside, and the index told, so that nobody is told that it is here and a push brings it back.
public final class Scrubber {
    private static final int PAGE = 500;

    private final Metadata metadata;
    private final ContentStore content;

    /// One thing that is not as it should be.
    public sealed interface Finding {
        /// The content was another one; the file is in `quarantine/` as `damaged-…`.
        record Damaged(Digest digest) implements Finding {}

        /// There was no file.
        record Missing(Digest digest) implements Finding {}

        /// A file that the index doesn't know; the next collection removes it.
        record Stray(Digest digest) implements Finding {}
    }

    /// What was looked at.
    public record Scrubbed(long files, long bytes) {}

    public Scrubber(Metadata metadata, ContentStore content) {
        this.metadata = metadata;
        this.content = content;
    }

    /// @param bytesPerSecond read at most
    /// @param stop ends it early
    public Scrubbed scrub(long bytesPerSecond, Consumer<Finding> told, Stop stop)
            throws IOException {
        Pace pace = new Pace(bytesPerSecond);
        long files = 0;
        List<Content> page = metadata.contents().contents(0, PAGE);
        while (!page.isEmpty() && !stop.isAsked()) {
            for (Content item : page) {
                Optional<Finding> finding = check(item, pace);
                finding.ifPresent(told);
                files++;
            }
            page = metadata.contents().contents(page.getLast().id(), PAGE);
        }
        for (Path directory : content.directories()) {
            findStrays(directory, told, stop);
        }
        return new Scrubbed(files, pace.bytes);
    }

    private Optional<Finding> check(Content item, Pace pace) throws IOException {
        if (isWhole(item, pace)) {
            return Optional.empty();
        }
        // Once more while nobody replaces, collects or pushes it.
        for (int attempt = 0; attempt < 100; attempt++) {
            Optional<ContentStore.Sole> sole = content.trySole(item.digest());
            if (sole.isPresent()) {
                try (ContentStore.Sole _ = sole.get()) {
                    return isWhole(item, pace) ? Optional.empty() : condemn(item.digest());
                }
            }
            LockSupport.parkNanos(10_000_000);
        }
        return Optional.empty(); // in use without a pause: next time
    }

    private Optional<Finding> condemn(Digest digest) throws IOException {
        if (!metadata.garbage().isKnown(digest) || metadata.garbage().isQuarantined(digest)) {
            return Optional.empty(); // collected meanwhile
        }
        metadata.contents().markDamaged(digest);
        if (!Files.exists(content.path(digest))) {
            return Optional.of(new Finding.Missing(digest));
        }
        content.quarantine().takeDamaged(content.path(digest), digest);
        return Optional.of(new Finding.Damaged(digest));
    }

    private boolean isWhole(Content item, Pace pace) throws IOException {
        Path file = content.path(item.digest());
        try {
            return Files.size(file) == item.size()
                    && Digest.finish(
                                    item.digest().algorithm(),
                                    FileDigests.hash(item.digest().algorithm(), file, pace))
                            .equals(item.digest());
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private void findStrays(Path directory, Consumer<Finding> told, Stop stop) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (stop.isAsked()) {
                    return;
                }
                Optional<Digest> digest = digest(directory, file);
                if (digest.isPresent() && !metadata.garbage().isKnown(digest.get())) {
                    content.doubt(digest.get());
                    told.accept(new Finding.Stray(digest.get()));
                }
            }
        }
    }

    private static Optional<Digest> digest(Path directory, Path file) {
        try {
            return Optional.of(Digest.parse(directory.getFileName() + ":" + file.getFileName()));
        } catch (InvalidDigestException _) {
            return Optional.empty(); // nothing of ours
        }
    }

    /// Waits as long as it takes to stay below the rate.
    private static final class Pace implements FileDigests.Pace {
        private final long bytesPerSecond;
        private final long start = System.nanoTime();
        private long bytes;

        Pace(long bytesPerSecond) {
            this.bytesPerSecond = bytesPerSecond;
        }

        @Override
        public void read(int more) {
            bytes += more;
            double due = (double) bytes / bytesPerSecond * 1e9;
            long ahead = (long) due - (System.nanoTime() - start);
            if (ahead > 0) {
                LockSupport.parkNanos(ahead);
            }
        }
    }
}
