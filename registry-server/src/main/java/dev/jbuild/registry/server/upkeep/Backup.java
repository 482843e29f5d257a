package dev.jbuild.registry.server.upkeep;

import dev.jbuild.registry.server.storage.ContentIndex.Content;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.Metadata;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/// Copies a registry beside everything else: first the index as it is at one moment, then the
/// content that it speaks of, which never changes. The copy is a root that a server can be started
/// on. Done again into the same directory, it copies only content that is new.
public final class Backup {
    private static final int PAGE = 500;

    private final Metadata metadata;
    private final ContentStore content;
    private final Opener opener;

    /// Opens an index in a file, as the registry's own.
    public interface Opener {
        Metadata open(Path file) throws IOException;
    }

    /// @param files that were copied; the others were there already
    /// @param missing what was deleted or lost before it could be copied; the copy knows that
    public record Copied(long files, long bytes, long missing) {}

    public Backup(Metadata metadata, ContentStore content, Opener opener) {
        this.metadata = metadata;
        this.content = content;
        this.opener = opener;
    }

    /// Makes a directory if it is missing, for its owner alone: what is private in the registry is
    /// nothing for other users of this machine.
    public static void prepare(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            Path parent = directory.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.createDirectory(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        }
    }

    /// @param directory made if it is missing
    public Copied into(Path directory) throws IOException {
        prepare(directory);
        Path fresh = directory.resolve("metadata.db.new");
        Files.deleteIfExists(fresh);
        metadata.copyTo(fresh);
        long files = 0;
        long bytes = 0;
        long missing = 0;
        try (Metadata copy = opener.open(fresh)) {
            List<Content> page = copy.contents().contents(0, PAGE);
            while (!page.isEmpty()) {
                for (Content item : page) {
                    Path target = target(directory, item);
                    if (!Files.exists(target) || Files.size(target) != item.size()) {
                        if (copy(item, target)) {
                            files++;
                            bytes += item.size();
                        } else {
                            copy.contents().markDamaged(item.digest());
                            missing++;
                        }
                    }
                }
                page = copy.contents().contents(page.getLast().id(), PAGE);
            }
        }
        for (String side : List.of("metadata.journal", "metadata.db-wal", "metadata.db-shm")) {
            Files.deleteIfExists(directory.resolve(side)); // of an older copy that was served
        }
        Files.move(fresh, directory.resolve("metadata.db"), StandardCopyOption.ATOMIC_MOVE);
        sync(directory);
        return new Copied(files, bytes, missing);
    }

    private static Path target(Path directory, Content item) throws IOException {
        Path blobs = directory.resolve("blobs").resolve(item.digest().algorithm().token());
        return Files.createDirectories(blobs).resolve(item.digest().hex());
    }

    /// @return whether there was something to copy
    private boolean copy(Content item, Path target) throws IOException {
        Path part = target.resolveSibling(target.getFileName() + ".part");
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
