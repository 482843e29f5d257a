package dev.jbuild.registry.server.transfer;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.server.storage.StagedContent;
import dev.jbuild.store.layer.InvalidTarException;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.TarReader;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// A layout as a tar that is not compressed. Nothing is unpacked: where each file stands is looked
/// up once.
final class TarSource implements LayoutSource {
    private static final int BUFFER = 256 * 1024;

    private final FileChannel channel;
    private final Map<String, Span> files;

    private record Span(long offset, long size) {}

    private TarSource(FileChannel channel, Map<String, Span> files) {
        this.channel = channel;
        this.files = files;
    }

    static TarSource open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return new TarSource(channel, list(channel));
        } catch (InvalidTarException e) {
            channel.close();
            throw new TransferException(
                    e.getMessage() + "; a layout is read from a directory or a plain tar", e);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public Optional<byte[]> document(String name, int limit) throws IOException {
        Span span = files.get(name);
        if (span == null) {
            return Optional.empty();
        }
        if (span.size() > limit) {
            throw new TransferException("'" + name + "' is larger than " + limit + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) span.size());
        while (bytes.hasRemaining()) {
            read(bytes, span.offset() + bytes.position());
        }
        return Optional.of(bytes.array());
    }

    @Override
    public OptionalLong size(Digest digest) {
        Span span = files.get(Layouts.path(digest));
        return span == null ? OptionalLong.empty() : OptionalLong.of(span.size());
    }

    @Override
    public void copy(Digest digest, StagedContent to) throws IOException {
        Span span = files.get(Layouts.path(digest));
        if (span == null) {
            throw new TransferException("'" + Layouts.path(digest) + "' is gone");
        }
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        long done = 0;
        while (done < span.size()) {
            buffer.clear().limit((int) Math.min(BUFFER, span.size() - done));
            done += read(buffer, span.offset() + done);
            to.write(buffer.flip());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private int read(ByteBuffer buffer, long position) throws IOException {
        int read = channel.read(buffer, position);
        if (read < 0) {
            throw new EOFException("the tar has become shorter");
        }
        return read;
    }

    /// A name that stands there twice is refused: readers don't agree on which one counts.
    private static Map<String, Span> list(FileChannel channel) throws IOException {
        Map<String, Span> files = new HashMap<>();
        // not closed: that would close the channel
        TarReader tar = new TarReader(Channels.newInputStream(channel));
        for (Optional<TarEntry> entry = tar.next(); entry.isPresent(); entry = tar.next()) {
            String name = entry.get().path().toString();
            switch (entry.get()) {
                case TarEntry.RegularFile file -> {
                    if (files.put(name, new Span(channel.position(), file.size())) != null) {
                        throw new TransferException("'" + name + "' stands in the tar twice");
                    }
                }
                case TarEntry.Directory _ -> {}
                case TarEntry.Symlink _, TarEntry.HardLink _, TarEntry.Device _, TarEntry.Fifo _ ->
                        throw new TransferException(
                                "'" + name + "' in the tar is neither a file nor a directory");
            }
        }
        if (!tar.hasEndMark()) {
            throw new TransferException("the tar ends without its end mark; it was cut off");
        }
        return files;
    }
}
