package dev.jbuild.registry.server.transfer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.server.storage.FileDigests;
import dev.jbuild.registry.server.storage.MismatchedContentException;
import dev.jbuild.store.DurableFiles;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.TarWriter;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

/// A layout as a tar, which gets its name when it is complete.
final class TarSink implements LayoutSink {
    private static final int BUFFER = 256 * 1024;
    private static final Metadata FILE = new Metadata(0644, 0, 0, Instant.EPOCH);
    private static final Metadata DIRECTORY = new Metadata(0755, 0, 0, Instant.EPOCH);

    private final Path target;
    private final Path part;
    private final FileChannel channel;
    private final OutputStream out;
    private final TarWriter tar;
    private final Set<EntryPath> directories = new HashSet<>(Set.of(EntryPath.ROOT));

    /// @throws TransferException if something is there
    TarSink(Path target) throws IOException {
        if (Files.exists(target)) {
            throw new TransferException("'" + target + "' is there; export into a new file");
        }
        this.target = target;
        this.part = target.resolveSibling(target.getFileName() + ".part");
        Files.deleteIfExists(part);
        this.channel =
                FileChannel.open(
                        part,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        this.out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
        this.tar = new TarWriter(out);
    }

    @Override
    public void add(Digest digest, long size, FileChannel in) throws IOException {
        Digest actual =
                Digest.finish(
                        digest.algorithm(), FileDigests.hash(digest.algorithm(), in, _ -> {}));
        if (in.size() != size || !actual.equals(digest)) {
            throw new MismatchedContentException("it hashes to " + actual);
        }
        in.position(0);
        add(Layouts.path(digest), size, Channels.newInputStream(in));
    }

    @Override
    public void finish(byte[] index) throws IOException {
        byte[] mark = Layouts.VERSION.getBytes(UTF_8);
        add(Layouts.MARK, mark.length, new ByteArrayInputStream(mark));
        add(Layouts.INDEX, index.length, new ByteArrayInputStream(index));
        tar.finish();
        out.flush();
        channel.force(true);
        DurableFiles.rename(part, target);
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            Files.deleteIfExists(part);
        }
    }

    private void add(String name, long size, InputStream content) throws IOException {
        EntryPath path = EntryPath.of(name);
        addDirectory(path.parent().orElseThrow());
        tar.add(new TarEntry.RegularFile(path, FILE, size), content);
    }

    private void addDirectory(EntryPath directory) throws IOException {
        if (directories.add(directory)) {
            addDirectory(directory.parent().orElseThrow());
            tar.add(new TarEntry.Directory(directory, DIRECTORY));
        }
    }
}
