package dev.jbuild.builder.exec;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Directories and files made for the time of a run because something is mounted there. Closing
/// removes those that are still empty and restores the mtimes that making them changed, so that
/// nothing of them is in the layer. Not thread-safe.
final class MountPoints implements AutoCloseable {
    /// @param before the parent's mtime before this was made
    /// @param after the parent's mtime when it had been made
    private record Made(Path path, boolean directory, FileTime before, FileTime after) {}

    private final Path rootfs;
    private final Deque<Made> made = new ArrayDeque<>();

    MountPoints(Path rootfs) throws IOException {
        this.rootfs = rootfs.toRealPath();
    }

    /// Makes a mount point if it is missing.
    ///
    /// @return its path in the root file system, without symbolic links
    String add(String destination, boolean directory) throws IOException {
        List<String> names = RootfsPath.names(rootfs, destination);
        List<String> parents = new ArrayList<>();
        for (String name : names) {
            Path parent = RootfsPath.below(rootfs, parents);
            parents.add(name);
            Path path = parent.resolve(name);
            if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                make(parent, path, directory || parents.size() < names.size());
            }
        }
        return "/" + String.join("/", names);
    }

    private void make(Path parent, Path path, boolean directory) throws IOException {
        FileTime before = Files.getLastModifiedTime(parent);
        if (directory) {
            Files.createDirectory(path);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        } else {
            Files.createFile(path);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r--r--"));
        }
        made.push(new Made(path, directory, before, Files.getLastModifiedTime(parent)));
    }

    /// To be called when no process of the run is left.
    @Override
    public void close() throws IOException {
        while (!made.isEmpty()) {
            remove(made.pop());
        }
    }

    private void remove(Made point) throws IOException {
        Path parent = point.path().getParent();
        // A program may have put a symbolic link to a directory of the host in the parent's place.
        if (parent == null || !isUnmoved(parent)) {
            return;
        }
        FileTime now = Files.getLastModifiedTime(parent);
        if (deleteIfEmpty(point)) {
            Files.setLastModifiedTime(parent, now.equals(point.after()) ? point.before() : now);
        }
    }

    private static boolean isUnmoved(Path parent) throws IOException {
        try {
            return parent.toRealPath().equals(parent);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static boolean deleteIfEmpty(Made point) throws IOException {
        if (point.directory()) {
            if (!Files.isDirectory(point.path(), LinkOption.NOFOLLOW_LINKS)) {
                return false;
            }
            try {
                return Files.deleteIfExists(point.path());
            } catch (DirectoryNotEmptyException e) {
                return false; // the program put something in it: it is a part of the layer
            }
        }
        return Files.isRegularFile(point.path(), LinkOption.NOFOLLOW_LINKS)
                && Files.size(point.path()) == 0
                && Files.deleteIfExists(point.path());
    }
}
