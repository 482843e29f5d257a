package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.overlay.linux.Libc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/// The bytes a snapshot occupies. It never changes, so they are counted once and written down.
final class SnapshotSize {
    private static final String FILE = "size";
    private static final Pattern NOTE = Pattern.compile("[0-9]{1,18}\n");
    private static final long BLOCK = 4096;

    private final Set<Long> linked = new HashSet<>();
    private long bytes;

    private SnapshotSize() {}

    /// @param snapshot the directory with its files and its record
    static long of(Path snapshot) throws IOException {
        Path noted = snapshot.resolve(FILE);
        try {
            String text = Files.readString(noted);
            if (NOTE.matcher(text).matches()) {
                return Long.parseLong(text.strip());
            }
        } catch (NoSuchFileException unknown) {
            return count(snapshot, noted);
        }
        return count(snapshot, noted);
    }

    private static long count(Path snapshot, Path noted) throws IOException {
        SnapshotSize size = new SnapshotSize();
        try (Libc libc = Libc.open();
                Directory files = Directory.open(libc, snapshot.resolve("fs"))) {
            size.add(files);
        }
        try {
            // In place: a temporary file would outlive a kill for as long as the snapshot does, and
            // what is cut off or being written has no end of line.
            Files.writeString(noted, size.bytes + "\n");
        } catch (NoSuchFileException removed) {
            return size.bytes; // the snapshot, by another process
        }
        return size.bytes;
    }

    /// By a stack of its own: trees may be deeper than calls can be nested.
    private void add(Directory root) throws IOException {
        Deque<Directory> open = new ArrayDeque<>();
        Deque<Deque<String>> rest = new ArrayDeque<>();
        try {
            enter(root, open, rest);
            while (!open.isEmpty()) {
                if (rest.element().isEmpty()) {
                    rest.pop();
                    Directory left = open.pop();
                    if (!open.isEmpty()) {
                        left.close();
                    }
                    continue;
                }
                String name = rest.element().pop();
                FileStatus status = open.element().status(name);
                if (status.isDirectory()) {
                    enter(open.element().directory(name), open, rest);
                } else if (status.links() < 2 || linked.add(status.inode())) {
                    bytes += (status.size() + BLOCK - 1) / BLOCK * BLOCK;
                }
            }
        } finally {
            open.stream().filter(directory -> directory != root).forEach(Directory::close);
        }
    }

    private void enter(Directory directory, Deque<Directory> open, Deque<Deque<String>> rest)
            throws IOException {
        bytes += BLOCK;
        open.push(directory);
        rest.push(new ArrayDeque<>(directory.names()));
    }
}
