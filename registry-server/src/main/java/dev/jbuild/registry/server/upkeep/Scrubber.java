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
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/// Reads all content and compares it with its digest, beside everything else. What is damaged is
/// put aside, and the index told, so that nobody is told that it is here and a push brings it back,
/// or, if there is one, a mirror at once.
public final class Scrubber {
    private static final int PAGE = 500;
    private static final String UNREADABLE = "Input/output error";

    private final Metadata metadata;
    private final ContentStore content;
    private final Optional<Mirror> mirror;

    /// One thing that is not as it should be, or is again.
    public sealed interface Finding {
        /// The content was another one; the file is in `quarantine/` as `damaged-…`.
        record Damaged(Digest digest) implements Finding {}

        /// There was no file.
        record Missing(Digest digest) implements Finding {}

        /// It was found to be damaged or missing earlier, and nobody has pushed it since.
        record StillMissing(Digest digest) implements Finding {}

        /// What was found to be damaged or missing, just now or earlier, is there again.
        record Repaired(Digest digest, String mirror) implements Finding {}

        /// What was found to be damaged or missing, just now or earlier, could not be got back.
        record NotRepaired(Digest digest, String why) implements Finding {}

        /// A file that the index doesn't know; the next collection removes it.
        record Stray(Digest digest) implements Finding {}
    }

    /// Told of what is done, as it is done.
    public interface Watcher {
        void found(Finding finding);

        /// A piece of content was read, and all that came before it.
        ///
        /// @param id that the next scrub may go on after
        /// @param bytes of it
        default void read(long id, long bytes) throws IOException {}
    }

    /// What was looked at.
    ///
    /// @param whole whether it was not ended early
    public record Scrubbed(long files, long bytes, boolean whole) {}

    public Scrubber(Metadata metadata, ContentStore content, Optional<Mirror> mirror) {
        this.metadata = metadata;
        this.content = content;
        this.mirror = mirror;
    }

    /// All of it.
    public Scrubbed scrub(long bytesPerSecond, Watcher watcher, Stop stop)
            throws IOException, InterruptedException {
        return scrub(bytesPerSecond, 0, watcher, stop);
    }

    /// @param bytesPerSecond read at most
    /// @param afterId where an earlier one was ended early; 0 for all
    /// @param stop ends it early
    public Scrubbed scrub(long bytesPerSecond, long afterId, Watcher watcher, Stop stop)
            throws IOException, InterruptedException {
        if (mirror.isEmpty()) {
            return new Pass(bytesPerSecond, Optional.empty(), watcher, stop).run(afterId);
        }
        try (Repair repair = new Repair(metadata, content, mirror.get().begin())) {
            return new Pass(bytesPerSecond, Optional.of(repair), watcher, stop).run(afterId);
        }
    }

    private final class Pass {
        private final Pace pace;
        private final Optional<Repair> repair;
        private final Watcher watcher;
        private final Stop stop;
        private final Set<Digest> tried = new HashSet<>();
        private long files;

        Pass(long bytesPerSecond, Optional<Repair> repair, Watcher watcher, Stop stop) {
            this.pace = new Pace(bytesPerSecond, stop);
            this.repair = repair;
            this.watcher = watcher;
            this.stop = stop;
        }

        Scrubbed run(long afterId) throws IOException, InterruptedException {
            try {
                retryDamaged();
                readAll(afterId);
                for (Path directory : content.directories()) {
                    findStrays(directory);
                }
                return new Scrubbed(files, pace.bytes, true);
            } catch (StoppedException _) {
                return new Scrubbed(files, pace.bytes, false);
            }
        }

        private void retryDamaged() throws IOException, InterruptedException {
            List<Content> page = metadata.contents().damaged(0, PAGE);
            while (!page.isEmpty()) {
                for (Content item : page) {
                    requireGoingOn(stop);
                    watcher.found(new Finding.StillMissing(item.digest()));
                    repair(item);
                }
                page = metadata.contents().damaged(page.getLast().id(), PAGE);
            }
        }

        private void readAll(long afterId) throws IOException, InterruptedException {
            List<Content> page = metadata.contents().contents(afterId, PAGE);
            while (!page.isEmpty()) {
                for (Content item : page) {
                    requireGoingOn(stop);
                    if (!tried.contains(item.digest())) {
                        read(item);
                    }
                }
                page = metadata.contents().contents(page.getLast().id(), PAGE);
            }
        }

        private void read(Content item) throws IOException, InterruptedException {
            long before = pace.bytes;
            Optional<Finding> finding = check(item);
            if (finding.isPresent()) {
                watcher.found(finding.get());
                repair(item);
            }
            files++;
            watcher.read(item.id(), pace.bytes - before);
        }

        private void repair(Content item) throws IOException, InterruptedException {
            if (repair.isPresent()) {
                tried.add(item.digest());
                Optional<String> why = repair.get().restore(item);
                watcher.found(
                        why.isPresent()
                                ? new Finding.NotRepaired(item.digest(), why.get())
                                : new Finding.Repaired(
                                        item.digest(), mirror.map(Mirror::name).orElseThrow()));
            }
        }

        private Optional<Finding> check(Content item) throws IOException {
            if (isWhole(item)) {
                return Optional.empty();
            }
            // Once more while nobody replaces, collects or pushes it.
            for (int attempt = 0; attempt < 100; attempt++) {
                Optional<ContentStore.Sole> sole = content.trySole(item.digest());
                if (sole.isPresent()) {
                    try (ContentStore.Sole _ = sole.get()) {
                        return isWhole(item) ? Optional.empty() : condemn(item.digest());
                    }
                }
                LockSupport.parkNanos(10_000_000);
            }
            return Optional.empty(); // in use without a pause: next time
        }

        private boolean isWhole(Content item) throws IOException {
            Path file = content.path(item.digest());
            try {
                return Files.size(file) == item.size()
                        && Digest.finish(
                                        item.digest().algorithm(),
                                        FileDigests.hash(item.digest().algorithm(), file, pace))
                                .equals(item.digest());
            } catch (NoSuchFileException e) {
                return false;
            } catch (IOException e) {
                if (UNREADABLE.equals(e.getMessage())) {
                    return false; // by the disk, not for want of something that comes back
                }
                throw e;
            }
        }

        private void findStrays(Path directory) throws IOException {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
                for (Path file : all) {
                    requireGoingOn(stop);
                    Optional<Digest> digest = digest(directory, file);
                    if (digest.isPresent() && !metadata.garbage().isKnown(digest.get())) {
                        content.doubt(digest.get());
                        watcher.found(new Finding.Stray(digest.get()));
                    }
                }
            }
        }
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

    private static Optional<Digest> digest(Path directory, Path file) {
        try {
            return Optional.of(Digest.parse(directory.getFileName() + ":" + file.getFileName()));
        } catch (InvalidDigestException _) {
            return Optional.empty(); // nothing of ours
        }
    }

    private static void requireGoingOn(Stop stop) throws StoppedException {
        if (stop.isAsked()) {
            throw new StoppedException();
        }
    }

    /// It was asked to stop.
    private static final class StoppedException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /// Waits as long as it takes to stay below the rate.
    private static final class Pace implements FileDigests.Pace {
        private final long bytesPerSecond;
        private final Stop stop;
        private final long start = System.nanoTime();
        private long bytes;

        Pace(long bytesPerSecond, Stop stop) {
            this.bytesPerSecond = bytesPerSecond;
            this.stop = stop;
        }

        @Override
        public void read(int more) throws IOException {
            bytes += more;
            double due = (double) bytes / bytesPerSecond * 1e9;
            long ahead = (long) due - (System.nanoTime() - start);
            if (ahead > 0) {
                LockSupport.parkNanos(Math.min(ahead, 1_000_000_000));
            }
            requireGoingOn(stop);
        }
    }
}
