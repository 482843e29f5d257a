package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.store.layer.EntryPath;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
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
        copy(EntryPath.ROOT, source, targetRoot);
    }

    private void copy(EntryPath path, Directory source, Directory target) throws IOException {
        for (String name : source.names()) {
            FileStatus status = source.status(name);
            if (status.isDirectory()) {
                target.makeDirectory(name, 0700);
                try (Directory from = source.directory(name);
                        Directory to = target.directory(name)) {
                    copy(path.child(name), from, to);
                }
            } else if (status.links() < 2 || !linked(status, path.child(name), target)) {
                inodes.copy(source, name, status, target, name);
            }
        }
        writer.of(target, Inodes.metadata(source.status(), Xattrs.PLAIN.of(source)));
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
