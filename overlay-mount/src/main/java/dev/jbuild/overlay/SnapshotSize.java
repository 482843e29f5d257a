package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.overlay.linux.Libc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.Set;

/// The bytes a snapshot occupies. It never changes, so they are counted once and written down.
final class SnapshotSize {
    private static final String FILE = "size";
    private static final long BLOCK = 4096;

    private final Set<Long> linked = new HashSet<>();
    private long bytes;

    private SnapshotSize() {}

    /// @param snapshot the directory with its files and its record
    static long of(Path snapshot) throws IOException {
        Path noted = snapshot.resolve(FILE);
        try {
            return Long.parseLong(Files.readString(noted).strip());
        } catch (NoSuchFileException | NumberFormatException unknown) {
            return count(snapshot, noted);
        }
    }

    private static long count(Path snapshot, Path noted) throws IOException {
        SnapshotSize size = new SnapshotSize();
        try (Libc libc = Libc.open();
                Directory files = Directory.open(libc, snapshot.resolve("fs"))) {
            size.add(files);
        }
        try {
            Path fresh = Files.createTempFile(snapshot, FILE, null);
            Files.writeString(fresh, size.bytes + "\n");
            Files.move(fresh, noted, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException removed) {
            return size.bytes; // the snapshot, by another process
        }
        return size.bytes;
    }

    private void add(Directory directory) throws IOException {
        bytes += BLOCK;
        for (String name : directory.names()) {
            FileStatus status = directory.status(name);
            if (status.isDirectory()) {
                try (Directory child = directory.directory(name)) {
                    add(child);
                }
            } else if (status.links() < 2 || linked.add(status.inode())) {
                bytes += (status.size() + BLOCK - 1) / BLOCK * BLOCK;
            }
        }
    }
}
