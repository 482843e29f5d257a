package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.overlay.linux.OpenFile;
import dev.jbuild.overlay.linux.SyscallException;
import dev.jbuild.store.layer.Metadata;
import java.io.IOException;
import java.util.function.UnaryOperator;

/// Copies one inode that is no directory, with all its metadata.
final class InodeCopier {
    private final Xattrs from;
    private final MetadataWriter writer;
    private final UnaryOperator<Metadata> change;

    InodeCopier(Xattrs from, MetadataWriter writer) {
        this(from, writer, UnaryOperator.identity());
    }

    /// @param change what the copy's metadata is to be
    InodeCopier(Xattrs from, MetadataWriter writer, UnaryOperator<Metadata> change) {
        this.from = from;
        this.writer = writer;
        this.change = change;
    }

    /// @return false, and nothing done, if there is something
    boolean copy(Directory source, String name, FileStatus status, Directory target, String newName)
            throws IOException {
        return switch (status.type()) {
            case REGULAR -> file(source, name, status, target, newName);
            case SYMLINK, FIFO, CHARACTER_DEVICE, BLOCK_DEVICE, SOCKET ->
                    special(source, name, status, target, newName);
            case DIRECTORY -> throw new IllegalArgumentException("'" + name + "' is a directory");
        };
    }

    private boolean file(
            Directory source, String name, FileStatus status, Directory target, String newName)
            throws IOException {
        try (OpenFile file = source.file(name)) {
            Metadata metadata = change.apply(Inodes.metadata(status, from.of(file)));
            OpenFile made = target.createFile(newName, MetadataWriter.openMode(metadata));
            if (made == null) {
                return false;
            }
            try (made) {
                if (status.isSparse()) {
                    made.copySparse(file, status.size());
                } else {
                    made.copyFrom(file, status.size());
                }
                writer.ofNewFile(made, metadata);
            }
            return true;
        }
    }

    private boolean special(
            Directory source, String name, FileStatus status, Directory target, String newName)
            throws SyscallException {
        Metadata metadata = change.apply(Inodes.metadata(status, from.of(source, name)));
        boolean made =
                status.isSymlink()
                        ? target.makeSymlink(newName, source.symlinkTarget(name))
                        : target.makeNode(
                                newName, status.mode(), status.rdevMajor(), status.rdevMinor());
        if (made) {
            writer.of(target, newName, status.isSymlink(), metadata);
        }
        return made;
    }
}
