package dev.jbuild.overlay.tree;

import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.OpenFile;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerSink;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What copies would change in a tree of which only the entries are known: gives the very layer
/// that [CopyRun] on a snapshot, [Times] and [TreeDiff] would give, without a file system between
/// the source and the layer. Files are read when the layer is written.
///
/// What entries don't tell, such as whether a file equals the one it replaces to the last byte, is
/// a [NotKnownException]. Used by one thread.
public final class StreamedChange implements AutoCloseable {
    private final Libc libc;
    private final Consumer<String> warnings;
    private final Optional<Reading> reading;
    private final UpperTree tree;
    private final Map<Path, Source> sources = new HashMap<>();

    /// A directory that is copied from, and a place in it.
    private record Source(Path path, Directory root, DirectoryCursor cursor) {}

    /// Is told of each file that is read for the layer.
    public interface Reading {
        /// Whether it is to be told of a file.
        boolean wants(Path sourceRoot, FileStatus status);

        /// @param status of the file, before it was read
        /// @param xattrs that it keeps
        /// @param content the sha256 of what was read
        void read(FileStatus status, SortedMap<String, ByteString> xattrs, Digest content);
    }

    /// @param reading if it is to be told; content is hashed for it only then
    public StreamedChange(
            Libc libc, EntryTree below, Consumer<String> warnings, Optional<Reading> reading) {
        this.libc = libc;
        this.warnings = warnings;
        this.reading = reading;
        this.tree = new UpperTree(below);
    }

    @Override
    public void close() {
        for (Source source : sources.values()) {
            source.cursor().close();
            source.root().close();
        }
    }

    /// Resolves a path and the symlinks on it, that at its end too, as `RootPath` does.
    ///
    /// @param path as bytes, one a character
    public EntryPath resolve(String path) throws IOException {
        PathWalk walk = new PathWalk(path);
        while (walk.hasNext()) {
            EntryPath next = walk.at().child(walk.next());
            ByteString target = tree.symlinkTarget(next);
            if (target != null) {
                walk.follow(target);
            } else {
                walk.enter(next);
            }
        }
        return walk.at();
    }

    /// @param path without symlinks
    public boolean isDirectory(EntryPath path) {
        Object found = tree.find(path);
        return found instanceof UpperTree.Dir || found instanceof EntryTree.Dir;
    }

    /// The content of a file, if there is one.
    ///
    /// @param path without symlinks
    /// @throws NotKnownException if there is one whose content isn't known
    public Optional<ByteString> content(EntryPath path) throws NotKnownException {
        return switch (tree.find(path)) {
            case null -> Optional.empty();
            case EntryTree.Leaf leaf when leaf.content().isPresent() -> leaf.content();
            case UpperTree.Leaf leaf when leaf.known().isPresent() -> leaf.known();
            default -> throw new NotKnownException("the content of '/" + path + "' is not known");
        };
    }

    /// As [CopyRun#copy].
    ///
    /// @param asked the source's path as the user wrote it, for messages
    /// @param path below `sourceRoot`, without symlinks, as is `target`
    public void copy(
            Path sourceRoot,
            EntryPath asked,
            EntryPath path,
            EntryPath target,
            CopyRun.Changes changes)
            throws IOException, NotKnownException {
        Source source = source(sourceRoot);
        Copy copy = new Copy(source, changes);
        if (path.isRoot()) {
            copy.contents(path, source.root(), target);
            return;
        }
        Directory in = source.cursor().enter(path.parent().orElseThrow());
        FileStatus status = in == null ? null : in.statusIfPresent(path.nameLatin1());
        if (in == null || status == null) {
            throw new NoSuchFileException("'" + asked + "' is not there");
        }
        if (status.isDirectory()) {
            try (Directory from = in.directory(path.nameLatin1())) {
                copy.contents(path, from, target);
            }
        } else if (target.isRoot()) {
            throw new IOException("cannot overwrite directory '/' with file '" + asked + "'");
        } else {
            UpperTree.Dir into = copy.parents(target.parent().orElseThrow()).directory();
            copy.file(
                    in,
                    path.parent().orElseThrow(),
                    path.nameLatin1(),
                    status,
                    into,
                    target,
                    target.nameLatin1());
        }
    }

    /// Puts a text where a file is to be, with the mtime of the change.
    ///
    /// @param target without symlinks
    public void write(EntryPath target, byte[] content, Metadata metadata)
            throws IOException, NotKnownException {
        UpperTree.Dir into =
                makeDirectories(
                                target.parent().orElseThrow(),
                                new Metadata(0755, metadata.uid(), metadata.gid(), Instant.EPOCH))
                        .directory();
        requireNoDirectory(into, target);
        var entry =
                new EntryTree.Leaf(
                        EntryTree.Kind.REGULAR,
                        metadata,
                        content.length,
                        EntryTree.Leaf.NO_TARGET,
                        false,
                        EntryTreeReader.isKept(target, content.length)
                                ? Optional.of(ByteString.of(content))
                                : Optional.empty());
        UpperTree.put(
                into,
                target.nameLatin1(),
                new UpperTree.Leaf(
                        entry,
                        true,
                        (file, sink) -> sink.add(file, new ByteArrayInputStream(content))));
    }

    /// Makes the directories on the way to `path`, and that itself, where they aren't.
    ///
    /// @param path without symlinks
    /// @param metadata of each that is made; the mtime is that of the change
    public Made makeDirectories(EntryPath path, Metadata metadata)
            throws IOException, NotKnownException {
        UpperTree.Dir at = tree.root();
        boolean made = false;
        if (path.isRoot()) {
            return new Made(at, false);
        }
        for (String name : path.latin1().split("/", -1)) {
            made = UpperTree.isAbsent(at, name);
            UpperTree.Dir next =
                    made ? UpperTree.make(at, name, metadata) : UpperTree.directory(at, name);
            if (next == null) {
                throw notDirectory(path);
            }
            at = next;
        }
        return new Made(at, made);
    }

    /// A directory, and whether it was missing.
    public static final class Made {
        private final UpperTree.Dir directory;
        private final boolean made;

        private Made(UpperTree.Dir directory, boolean made) {
            this.directory = directory;
            this.made = made;
        }

        private UpperTree.Dir directory() {
            return directory;
        }
    }

    /// Gives the changes in the order of a layer. Reads the sources.
    ///
    /// @param epoch the mtime of what has none of its own
    /// @return whether there was any change
    public boolean write(LayerSink sink, Instant epoch) throws IOException, NotKnownException {
        return new UpperTreeDiff(sink, epoch).run(tree);
    }

    /// The tree with the changes.
    public EntryTree after(Instant epoch) {
        return tree.merged(epoch);
    }

    private Source source(Path root) throws IOException {
        Source known = sources.get(root);
        if (known == null) {
            Directory directory = Directory.open(libc, root);
            known = new Source(root, directory, new DirectoryCursor(directory));
            sources.put(root, known);
        }
        return known;
    }

    private static IOException notDirectory(EntryPath path) {
        return new NotDirectoryException("cannot copy to non-directory: '/" + path + "'");
    }

    private static void requireNoDirectory(UpperTree.Dir into, EntryPath target)
            throws IOException {
        if (UpperTree.isDirectory(into, target.nameLatin1())) {
            throw new IOException("cannot overwrite directory '/" + target + "' with file");
        }
    }

    /// One request; what it copies may be linked with each other.
    private final class Copy {
        private final Source source;
        private final CopyRun.Changes changes;
        private final Map<Inodes.Key, UpperTree.Leaf> linked = new HashMap<>();

        Copy(Source source, CopyRun.Changes changes) {
            this.source = source;
            this.changes = changes;
        }

        Made parents(EntryPath path) throws IOException, NotKnownException {
            return makeDirectories(
                    path,
                    new Metadata(0755, changes.parentUid(), changes.parentGid(), Instant.EPOCH));
        }

        void contents(EntryPath path, Directory from, EntryPath target)
                throws IOException, NotKnownException {
            Made to = parents(target);
            children(path, from, new Target(null, target, to.directory()));
            if (to.made) {
                metadata(from, to.directory());
            }
        }

        /// A directory that is copied into, made when something is.
        private static final class Target {
            private final @Nullable Target above;
            private final EntryPath path;
            private UpperTree.@Nullable Dir directory;

            Target(@Nullable Target above, EntryPath path, UpperTree.@Nullable Dir directory) {
                this.above = above;
                this.path = path;
                this.directory = directory;
            }

            UpperTree.Dir open() throws IOException, NotKnownException {
                UpperTree.Dir known = directory;
                if (known == null && above != null) {
                    UpperTree.Dir in = above.open();
                    String name = path.nameLatin1();
                    known =
                            UpperTree.isAbsent(in, name)
                                    ? UpperTree.make(
                                            in, name, new Metadata(0700, 0, 0, Instant.EPOCH))
                                    : UpperTree.directory(in, name);
                    directory = known;
                }
                if (known == null) {
                    throw notDirectory(path);
                }
                return known;
            }
        }

        private void children(EntryPath path, Directory from, Target target)
                throws IOException, NotKnownException {
            for (String name : from.names()) {
                EntryPath child = path.child(name);
                FileStatus status = from.status(name);
                CopyRun.Choice choice = changes.choose(child, status.isDirectory());
                if (choice == CopyRun.Choice.SKIP) {
                    continue;
                }
                EntryPath to = target.path.child(name);
                if (!status.isDirectory()) {
                    if (choice == CopyRun.Choice.TAKE) {
                        file(from, path, name, status, target.open(), to, name);
                    }
                    continue;
                }
                try (Directory directory = from.directory(name)) {
                    Target into = new Target(target, to, null);
                    if (choice == CopyRun.Choice.TAKE) {
                        into.open();
                    }
                    children(child, directory, into);
                    if (into.directory != null) {
                        metadata(directory, into.directory);
                    }
                }
            }
        }

        /// Attributes that the source doesn't have stay.
        private void metadata(Directory from, UpperTree.Dir to) throws IOException {
            Metadata source = Inodes.metadata(from.status(), Xattrs.PLAIN.of(from));
            Metadata given = changes.apply(source, true);
            SortedMap<String, ByteString> xattrs = new TreeMap<>(to.metadata().xattrs());
            xattrs.putAll(given.xattrs());
            to.set(new Metadata(given.mode(), given.uid(), given.gid(), given.mtime(), xattrs));
        }

        /// @param from the directory that it is in
        /// @param in where that is in the source
        /// @param as the name it gets, that of `target`
        void file(
                Directory from,
                EntryPath in,
                String name,
                FileStatus status,
                UpperTree.Dir into,
                EntryPath target,
                String as)
                throws IOException, NotKnownException {
            if (status.isSocket()) {
                warnings.accept("'" + from.label() + "/" + name + "' is a socket: it is left out");
                return;
            }
            requireNoDirectory(into, target);
            boolean several = status.links() > 1;
            UpperTree.Leaf leaf = several ? linked.get(Inodes.Key.of(status)) : null;
            if (leaf == null) {
                leaf = leaf(from, in, name, status, target);
                if (several) {
                    linked.put(Inodes.Key.of(status), leaf);
                }
            }
            UpperTree.put(into, as, leaf);
        }

        private UpperTree.Leaf leaf(
                Directory from, EntryPath in, String name, FileStatus status, EntryPath target)
                throws IOException, NotKnownException {
            SortedMap<String, ByteString> xattrs;
            Optional<ByteString> known = Optional.empty();
            if (status.isRegular()) {
                try (OpenFile file = from.file(name)) {
                    xattrs = Xattrs.PLAIN.of(file);
                    if (EntryTreeReader.isKept(target, status.size())) {
                        known = Optional.of(ByteString.of(file.content().readAllBytes()));
                    }
                }
            } else {
                xattrs = Xattrs.PLAIN.of(from, name);
            }
            Metadata metadata = changes.apply(Inodes.metadata(status, xattrs), false);
            return switch (status.type()) {
                case REGULAR ->
                        leaf(
                                EntryTree.Kind.REGULAR,
                                metadata,
                                status.size(),
                                EntryTree.Leaf.NO_TARGET,
                                known,
                                (entry, sink) -> read(in, name, entry, sink));
                case SYMLINK ->
                        leaf(
                                EntryTree.Kind.SYMLINK,
                                new Metadata(
                                        0777,
                                        metadata.uid(),
                                        metadata.gid(),
                                        metadata.mtime(),
                                        metadata.xattrs()),
                                0,
                                from.symlinkTarget(name),
                                known,
                                UpperTree.Content.NONE);
                case FIFO ->
                        leaf(
                                EntryTree.Kind.FIFO,
                                metadata,
                                0,
                                EntryTree.Leaf.NO_TARGET,
                                known,
                                UpperTree.Content.NONE);
                case CHARACTER_DEVICE, BLOCK_DEVICE ->
                        throw new NotKnownException("whether this user may make a device node");
                case DIRECTORY, SOCKET -> throw new IllegalStateException("no file: " + name);
            };
        }

        private UpperTree.Leaf leaf(
                EntryTree.Kind kind,
                Metadata metadata,
                long size,
                ByteString target,
                Optional<ByteString> known,
                UpperTree.Content content) {
            return new UpperTree.Leaf(
                    new EntryTree.Leaf(kind, metadata, size, target, false, known), false, content);
        }

        private void read(EntryPath in, String name, TarEntry.RegularFile entry, LayerSink sink)
                throws IOException {
            Directory from = source.cursor().enter(in);
            if (from == null) {
                throw new NoSuchFileException("'" + in.child(name) + "' is gone");
            }
            try (OpenFile file = from.file(name)) {
                FileStatus status = reading.isPresent() ? file.status() : null;
                if (status != null && reading.get().wants(source.path(), status)) {
                    SortedMap<String, ByteString> xattrs = entry.metadata().xattrs();
                    sink.add(
                            entry,
                            file.content(),
                            content -> reading.get().read(status, xattrs, content));
                } else {
                    sink.add(entry, file.content());
                }
            }
        }
    }
}
