package dev.jbuild.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Changes to a file system that outlive a crash of the machine once the call has returned.
public final class DurableFiles {
    private DurableFiles() {}

    /// Makes renames and new names in a directory permanent.
    public static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /// Creates a directory and the missing ones above it, each one's name synced.
    public static void createDirectories(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            createDirectories(parent);
        }
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            if (Files.isDirectory(directory)) {
                return; // another process was quicker
            }
            throw e;
        }
        if (parent != null) {
            syncDirectory(parent);
        }
    }

    /// Replaces a small file, or creates it: whoever opens it sees the old bytes or the new ones.
    ///
    /// @param temp a path that doesn't exist yet, on the same file system; gone afterwards
    public static void replace(Path target, Path temp, byte[] content) throws IOException {
        try {
            try (FileChannel channel =
                    FileChannel.open(
                            temp, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                ByteBuffer rest = ByteBuffer.wrap(content);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
                channel.force(true);
            }
            rename(temp, target);
        } finally {
            Files.deleteIfExists(temp);
        }
    }

    /// Renames within a file system, over what is there, and syncs the target's directory. The
    /// content must have been synced before.
    public static void rename(Path from, Path target) throws IOException {
        Files.move(from, target, StandardCopyOption.ATOMIC_MOVE);
        Path parent = target.toAbsolutePath().getParent();
        if (parent != null) {
            syncDirectory(parent);
        }
    }
}
