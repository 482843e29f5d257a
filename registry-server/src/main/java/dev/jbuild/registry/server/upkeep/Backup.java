package dev.jbuild.registry.server.upkeep;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.InvalidDigestException;
import dev.jbuild.registry.server.storage.ContentIndex.Content;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.OwnDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Consumer;

/// Copies a registry beside everything else: first the index as it is at one moment, then the
/// content that it speaks of, which never changes. The copy is a root that a server can be started
/// on. Done again into the same directory, it copies only content that is new.
public final class Backup {
    private static final int PAGE = 500;
    private static final String INDEX = "metadata.db";
    private static final String PART = ".part";

    private final Metadata metadata;
    private final ContentStore content;
    private final Opener opener;

    /// Opens an index in a file, as the registry's own.
    public interface Opener {
        Metadata open(Path file) throws IOException;
    }

    /// @param files that were copied; the others were there already
    /// @param collected what was deleted before it could be copied; the copy knows that
    /// @param lost what repositories still have and the disk has not; the copy knows that
    /// @param removed files of an older copy that nobody has any more
    public record Copied(long files, long bytes, long collected, long lost, long removed) {}

    public Backup(Metadata metadata, ContentStore content, Opener opener) {
        this.metadata = metadata;
        this.content = content;
        this.opener = opener;
    }

    /// Makes a directory if it is missing, for its owner alone: what is private in the registry is
    /// nothing for other users of this machine.
    public static void prepare(Path directory) throws IOException {
        OwnDirectory.makeRoot(directory);
    }

    /// Brings an older copy up to date: what was deleted since goes from it, too.
    ///
    /// @param directory made if it is missing
    /// @param lost told of what repositories have and the disk has not
    public Copied into(Path directory, Consumer<Digest> lost) throws IOException {
        Copied copied = add(directory, lost);
        long removed = 0;
        try (Metadata copy = opener.open(directory.resolve(INDEX))) {
            for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
                removed += prune(blobs(directory, algorithm), algorithm, copy);
            }
        }
        return new Copied(
                copied.files(), copied.bytes(), copied.collected(), copied.lost(), removed);
    }

    /// As [#into], but what is there already stays.
    public Copied add(Path directory, Consumer<Digest> lost) throws IOException {
        prepare(directory);
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            OwnDirectory.make(blobs(directory, algorithm));
        }
        Path fresh = directory.resolve(INDEX + ".new");
        Files.deleteIfExists(fresh);
        metadata.copyTo(fresh);
        Pass pass = new Pass(directory, lost);
        try (Metadata copy = opener.open(fresh)) {
            pass.run(copy);
        }
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            sync(blobs(directory, algorithm)); // before an index that speaks of what is in there
        }
        sync(directory.resolve("blobs"));
        sync(fresh);
        for (String side : List.of("metadata.journal", INDEX + "-wal", INDEX + "-shm")) {
            Files.deleteIfExists(directory.resolve(side)); // of an older copy that was served
        }
        Files.move(fresh, directory.resolve(INDEX), StandardCopyOption.ATOMIC_MOVE);
        sync(directory);
        return new Copied(pass.files, pass.bytes, pass.collected, pass.lost, 0);
    }

    /// The content of one copy.
    private final class Pass {
        private final Path directory;
        private final Consumer<Digest> told;
        private long files;
        private long bytes;
        private long collected;
        private long lost;

        Pass(Path directory, Consumer<Digest> told) {
            this.directory = directory;
            this.told = told;
        }

        void run(Metadata copy) throws IOException {
            List<Content> damaged = copy.contents().damaged(0, PAGE);
            while (!damaged.isEmpty()) {
                for (Content item : damaged) {
                    lost(item.digest()); // a scrub has found that
                }
                damaged = copy.contents().damaged(damaged.getLast().id(), PAGE);
            }
            List<Content> page = copy.contents().contents(0, PAGE);
            while (!page.isEmpty()) {
                for (Content item : page) {
                    add(item, copy);
                }
                page = copy.contents().contents(page.getLast().id(), PAGE);
            }
        }

        private void add(Content item, Metadata copy) throws IOException {
            Path target = blobs(directory, item.digest().algorithm()).resolve(item.digest().hex());
            if (Files.exists(target) && Files.size(target) == item.size()) {
                return;
            }
            // It may have come again just after it was looked for.
            if (copy(item, target) || (isStillThere(item) && copy(item, target))) {
                files++;
                bytes += item.size();
                return;
            }
            copy.contents().markDamaged(item.digest());
            if (isStillThere(item)) {
                lost(item.digest());
            } else {
                collected++;
            }
        }

        private void lost(Digest digest) {
            lost++;
            told.accept(digest);
        }
    }

    /// Whether the registry should have it now.
    private boolean isStillThere(Content item) throws IOException {
        return metadata.contents().find(item.digest()).isPresent();
    }

    /// Refuses a root that a server runs on, which would lose what it has.
    ///
    /// @param own the root that is to be copied
    public static void requireUnserved(Path directory, Path own) throws IOException {
        Path lock = directory.resolve("lock");
        if (!Files.exists(lock)) {
            return;
        }
        if (Files.isSameFile(directory, own)) {
            throw new IOException("'" + directory + "' is the registry that is to be copied");
        }
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                FileLock held = channel.tryLock()) {
            if (held != null) {
                return;
            }
        } catch (OverlappingFileLockException _) {
            // by this very process
        }
        throw new IOException(
                "a server runs on '"
                        + directory
                        + "': stop it before its root is brought up to date, or choose another"
                        + " directory");
    }

    /// @return how many files were removed
    private static long prune(Path blobs, DigestAlgorithm algorithm, Metadata copy)
            throws IOException {
        long removed = 0;
        try (DirectoryStream<Path> all = Files.newDirectoryStream(blobs)) {
            for (Path file : all) {
                String name = file.getFileName().toString();
                if (name.endsWith(PART)) {
                    Files.delete(file); // of one that was killed
                } else if (isForgotten(algorithm.token() + ":" + name, copy)) {
                    Files.delete(file);
                    removed++;
                }
            }
        }
        return removed;
    }

    private static boolean isForgotten(String digest, Metadata copy) throws IOException {
        try {
            return !copy.garbage().isKnown(Digest.parse(digest));
        } catch (InvalidDigestException _) {
            return false; // nothing of ours
        }
    }

    private static Path blobs(Path directory, DigestAlgorithm algorithm) {
        return directory.resolve("blobs").resolve(algorithm.token());
    }

    /// @return whether there was something to copy
    private boolean copy(Content item, Path target) throws IOException {
        Path part = target.resolveSibling(target.getFileName() + PART);
        for (Path source :
                List.of(content.path(item.digest()), content.quarantine().path(item.digest()))) {
            try {
                Files.copy(source, part, StandardCopyOption.REPLACE_EXISTING);
                sync(part);
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
                return true;
            } catch (NoSuchFileException e) {
                Files.deleteIfExists(part); // collected meanwhile: it may be put aside
            }
        }
        return false;
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
