package dev.jbuild.store;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// Removal of whole trees.
public final class FileTrees {
    private FileTrees() {}

    /// Removes a file or a directory with all that is in it; symlinks are not followed. No error if
    /// it isn't there. Directories closed to their owner are opened first.
    public static void delete(Path tree) throws IOException {
        delete(tree, null);
    }

    /// As [#delete(Path)], but one file directly in `tree` stays, and so does `tree`.
    static void delete(Path tree, @org.jspecify.annotations.Nullable Path kept) throws IOException {
        if (Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
            try {
                openToOwner(tree);
                deleteChildren(tree, kept);
            } catch (NoSuchFileException e) {
                return; // another process was quicker
            }
        }
        if (kept == null) {
            Files.deleteIfExists(tree);
        }
    }

    private static void deleteChildren(Path directory, @org.jspecify.annotations.Nullable Path kept)
            throws IOException {
        try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
            for (Path child : children) {
                if (!child.equals(kept)) {
                    delete(child, null);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static void openToOwner(Path directory) throws IOException {
        if (!Files.isReadable(directory)
                || !Files.isWritable(directory)
                || !Files.isExecutable(directory)) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        }
    }
}
