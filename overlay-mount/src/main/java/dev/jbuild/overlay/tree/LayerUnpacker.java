package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Errno;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.overlay.linux.InvalidNameException;
import dev.jbuild.overlay.linux.OpenFile;
import dev.jbuild.overlay.linux.SyscallException;
import dev.jbuild.store.layer.ArchiveLimits;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerSource;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.Printable;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.Whiteouts;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.Consumer;

/// Makes a layer's changes in a directory, which nothing in the layer can leave: names are opened
/// one by one without following symlinks, and where an entry's parent directories include a
/// symlink, of this layer or one below, its target is looked up within the root, as docker does.
///
/// - Entries may come in any order; of two with one path the last counts. Whiteouts and opaque
///   markers act on the layers below only, wherever they stand (OCI image-spec 1.1, layer.md,
///   "Whiteouts").
/// - A parent directory that the layer doesn't have is as the one below, or 0755 of root.
/// - Directories get their metadata at the end, as making something in them would change it.
public final class LayerUnpacker implements AutoCloseable {
    private static final int BLOCK = 128 * 1024;

    /// About what one takes besides its path.
    private static final long BYTES_OF_AN_ENTRY = 60;

    private static final long BYTES_OF_A_DIRECTORY = 240;

    /// Of names that AUFS used for itself, and of the opaque marker.
    private static final String MARKER = Whiteouts.PREFIX + Whiteouts.PREFIX;

    private final Below below;
    private final Consumer<String> warnings;
    private final DirectoryCursor cursor;
    private final MetadataWriter writer;
    private final ParentDirectories parents;
    private final LayerDirectories directories = new LayerDirectories();
    private final byte[] block = new byte[BLOCK];
    private final ArchiveLimits limits;
    private long remembered;
    private boolean hasRoot;
    private EntryPath lastParent = EntryPath.ROOT;

    /// With the default limits.
    ///
    /// @param root where the layer goes; stays the caller's to close
    /// @param below is closed with this
    public LayerUnpacker(Directory root, Below below, Consumer<String> warnings)
            throws IOException {
        this(root, below, ArchiveLimits.DEFAULT, warnings);
    }

    /// @param root where the layer goes; stays the caller's to close
    /// @param below is closed with this
    public LayerUnpacker(
            Directory root, Below below, ArchiveLimits limits, Consumer<String> warnings)
            throws IOException {
        this.limits = limits;
        this.below = below;
        this.warnings = warnings;
        this.cursor = new DirectoryCursor(root);
        Metadata rootMetadata = Inodes.metadata(root.status(), below.kind().of(root));
        boolean inheritsGroup = (rootMetadata.mode() & 02000) != 0;
        NewFiles newFiles =
                below.kind() == Xattrs.PLAIN || inheritsGroup
                        ? NewFiles.UNKNOWN
                        : NewFiles.in(root);
        this.writer = new MetadataWriter(below.kind(), newFiles, warnings);
        this.parents = new ParentDirectories(cursor, below, directories);
        directories.put(EntryPath.ROOT, rootMetadata);
    }

    /// Whether the layer has an entry for its root.
    public boolean hasRoot() {
        return hasRoot;
    }

    /// Unpacks all entries.
    public void unpack(LayerSource layer) throws IOException {
        for (Optional<TarEntry> next = layer.next(); next.isPresent(); next = layer.next()) {
            TarEntry entry = next.get();
            try {
                unpack(entry, layer);
            } catch (InvalidNameException e) {
                throw new IOException(
                        "the layer's entry '"
                                + Printable.of(entry.path().latin1())
                                + "' can't be made: "
                                + e.getMessage(),
                        e);
            }
        }
        directories.finish(cursor, writer, below.kind());
    }

    @Override
    public void close() throws IOException {
        cursor.close();
        below.close();
    }

    /// Where an entry goes.
    ///
    /// @param path without symlinks
    private record Place(Directory directory, String name, EntryPath path) {}

    private void unpack(TarEntry entry, LayerSource layer) throws IOException {
        if (entry.path().isRoot()) {
            root(entry);
            return;
        }
        remember(entry);
        String name = entry.path().nameLatin1();
        if (name.startsWith(MARKER) && !name.equals(Whiteouts.OPAQUE)) {
            return;
        }
        if (isBelowWhiteout(entry)) {
            return;
        }
        EntryPath wanted = parentOf(entry.path());
        EntryPath parent = parents.make(wanted);
        Directory directory = parents.open(parent);
        if (name.startsWith(Whiteouts.PREFIX)) {
            whiteout(directory, parent, entry.path());
            return;
        }
        EntryPath path = parent.equals(wanted) ? entry.path() : parent.child(name);
        make(entry, new Place(directory, name, path), layer);
        below.made(path);
    }

    /// That of the entry before, mostly.
    private EntryPath parentOf(EntryPath path) {
        int slash = path.latin1().lastIndexOf('/');
        String known = lastParent.latin1();
        if (slash != known.length() || !path.latin1().startsWith(known)) {
            lastParent = path.parent().orElseThrow();
        }
        return lastParent;
    }

    /// Counts what is kept until the end, so that a layer of a few megabytes can't ask for all
    /// memory.
    private void remember(TarEntry entry) throws IOException {
        remembered += entry.path().latin1().length() + BYTES_OF_AN_ENTRY;
        if (entry instanceof TarEntry.Directory directory) {
            for (var xattr : directory.metadata().xattrs().entrySet()) {
                remembered += xattr.getKey().length() + xattr.getValue().latin1().length();
            }
        }
        long more = directories.size() * BYTES_OF_A_DIRECTORY;
        if (remembered + more > limits.memory()) {
            throw new IOException(
                    "the layer's directories, names and attributes take more than "
                            + limits.memory()
                            + " bytes of memory"
                            + ArchiveLimits.remedy("memory"));
        }
    }

    /// Whether it is in a directory of AUFS's own, and so to be left out.
    private static boolean isBelowWhiteout(TarEntry entry) throws IOException {
        String path = entry.path().latin1();
        int parent = path.lastIndexOf('/');
        for (int at = 0; at <= parent; at = path.indexOf('/', at) + 1) {
            if (path.startsWith(MARKER, at)) {
                return true;
            }
            if (path.startsWith(Whiteouts.PREFIX, at)) {
                throw new IOException(
                        "the layer's entry '"
                                + Printable.of(path)
                                + "' is in a directory whose name begins with '.wh.', which would"
                                + " delete another");
            }
        }
        return false;
    }

    private void root(TarEntry entry) throws IOException {
        if (!(entry instanceof TarEntry.Directory)) {
            throw new IOException("the layer's entry for the root is not a directory: " + entry);
        }
        directories.put(EntryPath.ROOT, entry.metadata());
        hasRoot = true;
    }

    private void whiteout(Directory directory, EntryPath parent, EntryPath path)
            throws IOException {
        if (Whiteouts.isOpaqueMarker(path)) {
            below.hide(directory, parent);
            return;
        }
        String deleted = path.nameLatin1().substring(Whiteouts.PREFIX.length());
        if (deleted.isEmpty() || deleted.equals(".") || deleted.equals("..")) {
            throw new IOException(
                    "the layer's entry '" + path + "' deletes no name that a file can have");
        }
        below.delete(directory, deleted, parent.child(deleted));
    }

    private void make(TarEntry entry, Place place, LayerSource layer) throws IOException {
        switch (entry) {
            case TarEntry.RegularFile file -> file(file, place, layer);
            case TarEntry.Directory directory -> directory(directory, place);
            case TarEntry.Symlink link -> {
                until(() -> place.directory().makeSymlink(place.name(), link.target()), place);
                writer.of(place.directory(), place.name(), true, link.metadata());
            }
            case TarEntry.HardLink link -> hardLink(link, place);
            case TarEntry.Device device -> device(device, place);
            case TarEntry.Fifo fifo -> {
                int mode = 0010000 | fifo.metadata().mode();
                until(() -> place.directory().makeNode(place.name(), mode, 0, 0), place);
                writer.of(place.directory(), place.name(), false, fifo.metadata());
            }
        }
    }

    private void file(TarEntry.RegularFile entry, Place place, LayerSource layer)
            throws IOException {
        int mode = MetadataWriter.openMode(entry.metadata());
        OpenFile made = place.directory().createFile(place.name(), mode);
        while (made == null) {
            removeWhatIsThere(place);
            made = place.directory().createFile(place.name(), mode);
        }
        try (OpenFile file = made) {
            long written = write(file, entry.size(), layer);
            if (written != entry.size()) {
                throw new EOFException(
                        "the layer's entry '"
                                + Printable.of(entry.path().latin1())
                                + "' ends after "
                                + written
                                + " of "
                                + entry.size()
                                + " bytes");
            }
            writer.ofNewFile(file, entry.metadata());
        }
    }

    /// @return the size written, holes included
    private long write(OpenFile file, long expected, LayerSource layer) throws IOException {
        InputStream content = layer.content();
        long size = 0;
        boolean endsInHole = false;
        while (size < expected) {
            long hole = layer.skipHole();
            if (hole > 0) {
                file.skip(hole);
                size += hole;
                endsInHole = true;
            } else {
                int count = content.read(block);
                if (count < 0) {
                    break;
                }
                file.write(block, count);
                size += count;
                endsInHole = false;
            }
        }
        if (endsInHole) {
            file.resize(size);
        }
        return size;
    }

    private void directory(TarEntry.Directory entry, Place place) throws IOException {
        int mode = writer.directoryMode(entry.metadata());
        if (!place.directory().makeDirectory(place.name(), mode)) {
            FileStatus there = place.directory().status(place.name());
            if (there.isDirectory()) {
                directories.put(place.path(), entry.metadata());
                return;
            }
            removeWhatIsThere(place);
            place.directory().makeDirectory(place.name(), mode);
            try (Directory fresh = place.directory().directory(place.name())) {
                below.replacedByDirectory(fresh, place.path());
            }
        }
        directories.put(place.path(), entry.metadata(), mode);
    }

    private void hardLink(TarEntry.HardLink entry, Place place) throws IOException {
        EntryPath to = entry.target();
        if (to.isRoot()) {
            throw noTarget(entry);
        }
        EntryPath parent = parents.make(to.parent().orElseThrow());
        EntryPath target = parent.child(to.nameLatin1());
        if (target.equals(place.path())) {
            if (place.directory().statusIfPresent(place.name()) == null) {
                throw noTarget(entry);
            }
            return;
        }
        try (Directory directory = parents.openAgain(parent)) {
            String name = to.nameLatin1();
            FileStatus status = directory.statusIfPresent(name);
            if (status == null) {
                FileStatus lower = below.status(target);
                if (lower == null || lower.isDirectory()) {
                    throw noTarget(entry);
                }
                try (Directory from = below.directory(parent)) {
                    new InodeCopier(Xattrs.PLAIN, writer).copy(from, name, lower, directory, name);
                }
            } else if (status.isDirectory() || below.isDeletion(status)) {
                throw noTarget(entry);
            }
            // parents.make may have moved the cursor
            Directory here = parents.open(place.path().parent().orElseThrow());
            Place again = new Place(here, place.name(), place.path());
            until(() -> here.makeLink(again.name(), directory, name), again);
        }
    }

    private static IOException noTarget(TarEntry.HardLink entry) {
        return new IOException(
                "the layer's entry '"
                        + Printable.of(entry.path().latin1())
                        + "' is a hard link to '"
                        + Printable.of(entry.target().latin1())
                        + "', which is no file in this layer nor below it");
    }

    private void device(TarEntry.Device device, Place place) throws IOException {
        if (device.character() && device.major() == 0 && device.minor() == 0) {
            warnings.accept(
                    "device node '/"
                            + Printable.of(device.path().latin1())
                            + "' is left out: 0:0 means a deletion");
            leaveOut(place);
            return;
        }
        int mode = (device.character() ? 0020000 : 0060000) | device.metadata().mode();
        try {
            until(
                    () ->
                            place.directory()
                                    .makeNode(place.name(), mode, device.major(), device.minor()),
                    place);
        } catch (SyscallException e) {
            if (e.errno() != Errno.EPERM) {
                throw e;
            }
            warnings.accept(
                    "device node '/"
                            + Printable.of(device.path().latin1())
                            + "' is left out: only root may make it; images rarely need one");
            leaveOut(place);
            return;
        }
        writer.of(place.directory(), place.name(), false, device.metadata());
    }

    /// What was in its place is not seen all the same.
    private void leaveOut(Place place) throws IOException {
        removeWhatIsThere(place);
        below.delete(place.directory(), place.name(), place.path());
    }

    private interface Maker {
        /// @return false if something is there
        boolean make() throws SyscallException;
    }

    private void until(Maker maker, Place place) throws SyscallException {
        while (!maker.make()) {
            removeWhatIsThere(place);
        }
    }

    private void removeWhatIsThere(Place place) throws SyscallException {
        cursor.leave(place.path());
        directories.remove(place.path());
        place.directory().removeTree(place.name());
    }
}
