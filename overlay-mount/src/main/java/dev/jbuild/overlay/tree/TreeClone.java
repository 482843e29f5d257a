package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.store.layer.EntryPath;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/// Makes an empty directory a copy of another, with all metadata and hard links.
public final class TreeClone {
    private final Directory targetRoot;
    private final MetadataWriter writer;
    private final InodeCopier inodes;
    private final Map<Inodes.Key, EntryPath> links = new HashMap<>();

    public TreeClone(Directory target, Consumer<String> warnings) {
        this.targetRoot = target;
        this.writer = new MetadataWriter(Xattrs.PLAIN, NewFiles.UNKNOWN, warnings);
        this.inodes = new InodeCopier(Xattrs.PLAIN, writer);
    }

    public void copy(Directory source) throws IOException {
        try (Level.Stack levels = new Level.Stack(source, targetRoot)) {
            for (Level at = levels.top(); at != null; at = levels.top()) {
                Directory target = Objects.requireNonNull(at.other());
                if (at.hasNext()) {
                    copy(at, at.next(), target, levels);
                } else {
                    Directory from = at.directory();
                    writer.of(target, Inodes.metadata(from.status(), Xattrs.PLAIN.of(from)));
                    levels.leave();
                }
            }
        }
    }

    private void copy(Level at, String name, Directory target, Level.Stack levels)
            throws IOException {
        Directory source = at.directory();
        FileStatus status = source.status(name);
        if (status.isDirectory()) {
            target.makeDirectory(name, 0700);
            levels.enter(name, source.directory(name), target.directory(name));
        } else if (status.links() < 2 || !linked(status, at.path().child(name), target)) {
            inodes.copy(source, name, status, target, name);
        }
    }

    private boolean linked(FileStatus status, EntryPath path, Directory target) throws IOException {
        EntryPath first = links.putIfAbsent(Inodes.Key.of(status), path);
        if (first == null) {
            return false;
        }
        try (DirectoryCursor cursor = new DirectoryCursor(targetRoot)) {
            Directory in = cursor.enter(first.parent().orElseThrow());
            if (in == null) {
                throw new IOException("'" + first + "' went away while it was copied");
            }
            return target.makeLink(path.nameLatin1(), in, first.nameLatin1());
        }
    }
}
