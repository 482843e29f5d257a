package dev.jbuild.registry.server.transfer;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.server.storage.StagedContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.OptionalLong;

/// A layout as a directory. Its files are regular ones: a link could lead anywhere, and a pipe be
/// waited for without end.
record DirectorySource(Path directory) implements LayoutSource {
    private static final int BUFFER = 256 * 1024;

    @Override
    public Optional<byte[]> document(String name, int limit) throws IOException {
        OptionalLong size = size(name);
        if (size.isEmpty()) {
            return Optional.empty();
        }
        try (FileChannel in = open(name)) {
            byte[] bytes = Channels.newInputStream(in).readNBytes(limit + 1);
            if (bytes.length > limit) {
                throw new TransferException("'" + name + "' is larger than " + limit + " bytes");
            }
            return Optional.of(bytes);
        }
    }

    @Override
    public OptionalLong size(Digest digest) throws IOException {
        return size(Layouts.path(digest));
    }

    @Override
    public void copy(Digest digest, StagedContent to) throws IOException {
        String name = Layouts.path(digest);
        if (size(name).isEmpty()) {
            throw new TransferException("'" + name + "' is gone");
        }
        try (FileChannel in = open(name)) {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
            while (in.read(buffer) >= 0) {
                to.write(buffer.flip());
                buffer.clear();
            }
        }
    }

    @Override
    public void close() {}

    private OptionalLong size(String name) throws IOException {
        try {
            BasicFileAttributes file =
                    Files.readAttributes(
                            directory.resolve(name),
                            BasicFileAttributes.class,
                            LinkOption.NOFOLLOW_LINKS);
            if (!file.isRegularFile()) {
                throw new TransferException("'" + name + "' is no regular file");
            }
            return OptionalLong.of(file.size());
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        }
    }

    private FileChannel open(String name) throws IOException {
        return FileChannel.open(
                directory.resolve(name), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    }
}
