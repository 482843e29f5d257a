package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Errno;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.overlay.linux.OpenFile;
import dev.jbuild.overlay.linux.SyscallException;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One copy of a file or of a directory's contents into another tree. Paths given to it have no
/// symlinks.
public final class CopyRun implements AutoCloseable {
    private final Directory sourceRoot;
    private final Directory targetRoot;
    private final Changes changes;
    private final Consumer<String> warnings;
    private final MetadataWriter writer;
    private final InodeCopier inodes;
    private final DirectoryCursor linked;
    private final Map<Inodes.Key, EntryPath> links = new HashMap<>();

    /// What is done with an entry, see `CopyRequest`.
    public enum Choice {
        TAKE,
        SKIP,
        LOOK_INSIDE
    }

    /// What differs between the source and its copy.
    public interface Changes {
        Metadata apply(Metadata metadata, boolean isDirectory);

        Choice choose(EntryPath path, boolean isDirectory);

        long parentUid();

        long parentGid();
    }

    public CopyRun(Directory source, Directory target, Changes changes, Consumer<String> warnings) {
        this.sourceRoot = source;
        this.targetRoot = target;
        this.changes = changes;
        this.warnings = warnings;
        this.writer = new MetadataWriter(Xattrs.PLAIN, NewFiles.UNKNOWN, warnings);
        this.inodes =
                new InodeCopier(Xattrs.PLAIN, writer, metadata -> changes.apply(metadata, false));
        this.linked = new DirectoryCursor(target);
    }

    /// @param asked the source's path as the user wrote it, for messages
    public void copy(EntryPath asked, EntryPath source, EntryPath target) throws IOException {
        if (source.isRoot()) {
            try (Directory from = sourceRoot.directory(".")) {
                contents(source, from, target);
            }
            return;
        }
        try (DirectoryCursor cursor = new DirectoryCursor(sourceRoot)) {
            Directory in = cursor.enter(source.parent().orElseThrow());
            FileStatus status = in == null ? null : in.statusIfPresent(source.nameLatin1());
            if (in == null || status == null) {
                throw new NoSuchFileException("'" + asked + "' is not there");
            }
            if (status.isDirectory()) {
                try (Directory from = in.directory(source.nameLatin1())) {
                    contents(source, from, target);
                }
            } else if (target.isRoot()) {
                throw new IOException("cannot overwrite directory '/' with file '" + asked + "'");
            } else {
                EntryPath parent = target.parent().orElseThrow();
                makeParents(parent);
                try (DirectoryCursor to = new DirectoryCursor(targetRoot)) {
                    Directory into = Objects.requireNonNull(to.enter(parent));
                    file(in, source.nameLatin1(), status, into, target);
                }
            }
        }
    }

    @Override
    public void close() {
        linked.close();
    }

    /// Makes the directories on the way to `path`, and that itself.
    ///
    /// @return whether that one was made
    public static boolean makeDirectories(
            Directory root, EntryPath path, int mode, long uid, long gid) throws IOException {
        if (path.isRoot()) {
            return false;
        }
        boolean made = false;
        Directory at = root.directory(".");
        try {
            for (String name : path.latin1().split("/", -1)) {
                made = at.makeDirectory(name, 0755);
                Directory next = at.directoryIfPresent(name);
                if (next == null) {
                    throw new IOException(
                            "cannot copy to non-directory: '" + at.label() + "/" + name + "'");
                }
                at.close();
                at = next;
                if (made) {
                    at.chown(uid, gid);
                    at.chmod(mode);
                }
            }
        } finally {
            at.close();
        }
        return made;
    }

    /// Makes a file of a text, in place of any file that is there, and the directories on the way.
    ///
    /// @param metadata its mtime isn't set
    public static void write(Directory root, EntryPath path, byte[] content, Metadata metadata)
            throws IOException {
        EntryPath parent = path.parent().orElseThrow();
        makeDirectories(root, parent, 0755, metadata.uid(), metadata.gid());
        try (DirectoryCursor cursor = new DirectoryCursor(root)) {
            Directory into = Objects.requireNonNull(cursor.enter(parent));
            String name = path.nameLatin1();
            FileStatus there = into.statusIfPresent(name);
            if (there != null) {
                if (there.isDirectory()) {
                    throw new IOException("cannot overwrite directory '/" + path + "' with file");
                }
                into.removeTree(name);
            }
            try (OpenFile made = into.createFile(name, MetadataWriter.openMode(metadata))) {
                if (made == null) {
                    throw new IOException("'/" + path + "' came up while it was written");
                }
                made.write(content, content.length);
                made.chown(metadata.uid(), metadata.gid());
                made.chmod(metadata.mode());
            }
        }
    }

    private boolean makeParents(EntryPath path) throws IOException {
        return makeDirectories(targetRoot, path, 0755, changes.parentUid(), changes.parentGid());
    }

    private void contents(EntryPath path, Directory source, EntryPath target) throws IOException {
        boolean made = makeParents(target);
        try (DirectoryCursor cursor = new DirectoryCursor(targetRoot)) {
            Directory to = Objects.requireNonNull(cursor.enter(target));
            Target opened = new Target(null, null, target, to);
            children(path, source, opened);
            if (made) {
                metadata(source, to);
            }
        }
    }

    /// A directory that is copied into, made when something is.
    private final class Target {
        private final @Nullable Target above;
        private final @Nullable Directory source;
        private final EntryPath path;
        private @Nullable Directory directory;

        Target(
                @Nullable Target above,
                @Nullable Directory source,
                EntryPath path,
                @Nullable Directory directory) {
            this.above = above;
            this.source = source;
            this.path = path;
            this.directory = directory;
        }

        Directory open() throws IOException {
            Directory known = directory;
            if (known == null) {
                Directory in = Objects.requireNonNull(above).open();
                String name = path.nameLatin1();
                in.makeDirectory(name, 0700);
                known = in.directoryIfPresent(name);
                if (known == null) {
                    throw new IOException("cannot copy to non-directory: '/" + path + "'");
                }
                directory = known;
            }
            return known;
        }

        /// Gives it the source's metadata, now that everything is in it.
        void finish() throws IOException {
            if (directory != null) {
                try (Directory made = directory) {
                    metadata(Objects.requireNonNull(source), made);
                }
            }
        }
    }

    private void children(EntryPath path, Directory source, Target target) throws IOException {
        for (String name : source.names()) {
            EntryPath child = path.child(name);
            FileStatus status = source.status(name);
            Choice choice = changes.choose(child, status.isDirectory());
            if (choice == Choice.SKIP) {
                continue;
            }
            EntryPath to = target.path.child(name);
            if (!status.isDirectory()) {
                if (choice == Choice.TAKE) {
                    file(source, name, status, target.open(), to);
                }
                continue;
            }
            try (Directory from = source.directory(name)) {
                Target into = new Target(target, from, to, null);
                if (choice == Choice.TAKE) {
                    into.open();
                }
                children(child, from, into);
                into.finish();
            }
        }
    }

    private void metadata(Directory source, Directory target) throws IOException {
        Metadata metadata = Inodes.metadata(source.status(), Xattrs.PLAIN.of(source));
        writer.of(target, changes.apply(metadata, true));
    }

    private void file(
            Directory source, String name, FileStatus status, Directory into, EntryPath target)
            throws IOException {
        if (status.isSocket()) {
            warnings.accept("'" + source.label() + "/" + name + "' is a socket: it is left out");
            return;
        }
        String newName = target.nameLatin1();
        FileStatus there = into.statusIfPresent(newName);
        if (there != null) {
            if (there.isDirectory()) {
                throw new IOException("cannot overwrite directory '/" + target + "' with file");
            }
            into.removeTree(newName);
        }
        if (status.links() > 1 && linked(status, into, target)) {
            return;
        }
        try {
            if (!inodes.copy(source, name, status, into, newName)) {
                throw new IOException("'/" + target + "' came up while it was copied");
            }
        } catch (SyscallException e) {
            if (!e.call().equals("mknod") || e.errno() != Errno.EPERM) {
                throw e;
            }
            warnings.accept("device node '/" + target + "' is left out: only root may make it");
        }
    }

    private boolean linked(FileStatus status, Directory into, EntryPath target) throws IOException {
        EntryPath first = links.putIfAbsent(Inodes.Key.of(status), target);
        if (first == null || first.equals(target)) {
            return false;
        }
        Directory in = linked.enter(first.parent().orElseThrow());
        return in != null
                && in.statusIfPresent(first.nameLatin1()) != null
                && into.makeLink(target.nameLatin1(), in, first.nameLatin1());
    }
}
