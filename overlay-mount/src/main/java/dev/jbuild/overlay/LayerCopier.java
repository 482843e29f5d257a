package dev.jbuild.overlay;

import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.tree.NotKnownException;
import dev.jbuild.overlay.tree.StreamedChange;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerSink;
import dev.jbuild.store.layer.Metadata;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;

/// Copies straight into a layer, on top of a stack of layers that is on no file system. The layer
/// is the one that a [TreeCopier] on a snapshot of the stack would lead to, byte for byte.
///
/// All methods throw a [NotStreamableException] where entries don't tell enough. Used by one
/// thread.
public final class LayerCopier implements CopyTarget, AutoCloseable {
    private final Libc libc;
    private final StreamedChange change;

    /// @param warnings takes what is left out: sockets
    /// @param readFiles is told of what is copied, if anybody asks
    public LayerCopier(KnownTree below, Consumer<String> warnings, Optional<ReadFiles> readFiles) {
        this.libc = Libc.open();
        this.change =
                new StreamedChange(
                        libc, below.entries(), warnings, readFiles.map(LayerCopier::reading));
    }

    private static StreamedChange.Reading reading(ReadFiles files) {
        return new StreamedChange.Reading() {
            @Override
            public boolean wants(Path sourceRoot, FileStatus status) {
                return files.wants(sourceRoot, FileState.of(status));
            }

            @Override
            public void read(
                    FileStatus status, SortedMap<String, ByteString> xattrs, Digest content) {
                files.read(FileState.of(status), xattrs, content);
            }
        };
    }

    @Override
    public EntryPath resolve(String path) throws IOException {
        return change.resolve(ByteString.of(path).latin1());
    }

    @Override
    public boolean isDirectory(EntryPath path) {
        return change.isDirectory(path);
    }

    @Override
    public void copy(CopyRequest request) throws IOException {
        EntryPath source = new RootPath(request.sourceRoot()).resolve(request.source());
        EntryPath target = change.resolve(request.target().latin1());
        try {
            change.copy(request.sourceRoot(), request.source(), source, target, request.changes());
        } catch (NotKnownException e) {
            throw new NotStreamableException(e);
        }
    }

    @Override
    public void write(EntryPath path, byte[] content, Metadata metadata) throws IOException {
        try {
            change.write(path, content, metadata);
        } catch (NotKnownException e) {
            throw new NotStreamableException(e);
        }
    }

    @Override
    public void makeDirectories(EntryPath path, Metadata metadata) throws IOException {
        try {
            change.makeDirectories(change.resolve(path.latin1()), metadata);
        } catch (NotKnownException e) {
            throw new NotStreamableException(e);
        }
    }

    /// The content of `/etc/passwd` or `/etc/group`, as far as it is known.
    ///
    /// @return empty if there is no such file
    public Optional<byte[]> content(EntryPath path) throws IOException {
        try {
            return change.content(path).map(ByteString::bytes);
        } catch (NotKnownException e) {
            throw new NotStreamableException(e);
        }
    }

    /// Gives all changes in the order of a layer. Reads what was copied: it must still be there.
    ///
    /// @param epoch the mtime of what has none of its own
    /// @return whether there was any change
    public boolean write(LayerSink sink, Instant epoch) throws IOException {
        try {
            return change.write(sink, epoch);
        } catch (NotKnownException e) {
            throw new NotStreamableException(e);
        }
    }

    /// What there is after the changes.
    ///
    /// @param epoch as for [#write]
    public KnownTree after(Instant epoch) {
        return new KnownTree(change.after(epoch));
    }

    @Override
    public void close() {
        change.close();
        libc.close();
    }
}
