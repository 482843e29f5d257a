package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import java.io.IOException;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The directories that entries of a layer stand in: finds them, within the root, and makes those
/// that the layer doesn't have.
final class ParentDirectories {
    private static final Metadata IMPLIED = new Metadata(0755, 0, 0, Instant.EPOCH);

    private final DirectoryCursor cursor;
    private final Below below;
    private final LayerDirectories metadata;
    private EntryPath last = EntryPath.ROOT;

    /// @param metadata what directories get in the end; those made here are added
    ParentDirectories(DirectoryCursor cursor, Below below, LayerDirectories metadata) {
        this.cursor = cursor;
        this.below = below;
        this.metadata = metadata;
    }

    /// Makes `path` a directory if it isn't one.
    ///
    /// @return its path without symlinks
    EntryPath make(EntryPath path) throws IOException {
        Directory known = cursor.enter(path);
        if (known != null) {
            if (!path.equals(last)) {
                remember(path, known);
                last = path;
            }
            return path;
        }
        PathWalk walk = new PathWalk(path.latin1());
        while (walk.hasNext()) {
            step(walk, walk.next(), path);
        }
        remember(walk.at(), open(walk.at()));
        return walk.at();
    }

    /// A directory that exists, open until another is asked for.
    Directory open(EntryPath path) throws IOException {
        return Objects.requireNonNull(cursor.enter(path), () -> path + " is no directory");
    }

    /// The same, open until the caller closes it.
    Directory openAgain(EntryPath path) throws IOException {
        return open(path).directory(".");
    }

    private void step(PathWalk walk, String name, EntryPath whole) throws IOException {
        Directory directory = open(walk.at());
        remember(walk.at(), directory);
        EntryPath next = walk.at().child(name);
        FileStatus status = directory.statusIfPresent(name);
        if (status == null) {
            missing(walk, directory, name, whole);
        } else if (below.isDeletion(status)) {
            directory.removeTree(name);
            directory.makeDirectory(name, 0700);
            try (Directory fresh = directory.directory(name)) {
                below.replacedByDirectory(fresh, next);
            }
            implied(walk, next, IMPLIED);
        } else if (status.isDirectory()) {
            walk.enter(next);
        } else if (status.isSymlink()) {
            walk.follow(directory.symlinkTarget(name));
        } else {
            throw notDirectory(whole, next);
        }
    }

    private void missing(PathWalk walk, Directory directory, String name, EntryPath whole)
            throws IOException {
        EntryPath next = walk.at().child(name);
        @Nullable FileStatus lower = below.status(next);
        if (lower == null) {
            directory.makeDirectory(name, 0700);
            implied(walk, next, IMPLIED);
        } else if (lower.isDirectory()) {
            directory.makeDirectory(name, 0700);
            try (Directory copied = below.directory(next)) {
                implied(walk, next, Inodes.metadata(lower, Xattrs.PLAIN.of(copied)));
            }
        } else if (lower.isSymlink()) {
            try (Directory in = below.directory(walk.at())) {
                walk.follow(in.symlinkTarget(name));
            }
        } else {
            throw notDirectory(whole, next);
        }
    }

    private void implied(PathWalk walk, EntryPath path, Metadata of) {
        metadata.put(path, of, LayerDirectories.MODE_OF_IMPLIED);
        below.made(path);
        walk.enter(path);
    }

    /// Of a copy's directories, which the layers below have made.
    private void remember(EntryPath path, Directory directory) throws IOException {
        if (!metadata.contains(path)) {
            metadata.put(path, Inodes.metadata(directory.status(), below.kind().of(directory)));
        }
    }

    private static IOException notDirectory(EntryPath whole, EntryPath file) {
        return new IOException(
                "the layer has an entry in '" + whole + "', but '" + file + "' is no directory");
    }
}
