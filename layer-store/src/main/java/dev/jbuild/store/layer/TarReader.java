package dev.jbuild.store.layer;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Reads a tar: V7, ustar, PAX with global headers, GNU long names and base-256 numbers. Names are
/// taken relative to the root: a leading `/` or `./` is dropped, as docker does; one with `..` is
/// refused, and so is whatever else can't be understood, with the entry and its offset.
///
/// At the end, the stream has been read up to the end of the archive and no further. Used by one
/// thread.
public final class TarReader implements LayerSource {
    /// The most bytes of long names, or of PAX records, before one entry; as much as Go's reader
    /// allows.
    static final int MAX_EXTENSION = 1 << 20;

    private final InputStream in;
    private final byte[] block = new byte[Ustar.BLOCK];
    private final Map<String, String> global = new HashMap<>();
    private TarContent content;
    private long offset;
    private boolean ended;
    private boolean endMarkSeen;

    /// @param in the uncompressed tar; closed with this
    public TarReader(InputStream in) {
        this.in = in;
        this.content = TarContent.empty(in);
    }

    @Override
    public Optional<TarEntry> next() throws IOException {
        if (ended) {
            return Optional.empty();
        }
        offset += content.skip();
        TarHeader header = new TarHeader(global);
        while (readBlock()) {
            long start = offset - Ustar.BLOCK;
            header.startAt(start);
            if (!Ustar.isChecksumRight(block)) {
                throw header.invalid("the header's checksum is wrong: damaged, or not a tar");
            }
            Optional<TarEntry> entry = take(header);
            if (entry.isPresent()) {
                return entry;
            }
        }
        if (header.hasExtension()) {
            throw header.invalid("the archive ends after an extended header without its entry");
        }
        ended = true;
        content = TarContent.empty(in);
        return Optional.empty();
    }

    @Override
    public InputStream content() {
        return content;
    }

    /// Whether the archive ended as it should, with blocks of zeros; known after the last entry.
    /// Some tools leave them out; without them, a cut at the end of an entry can't be told.
    public boolean hasEndMark() {
        return endMarkSeen;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /// Takes the header in the block: an entry, or an extension of the next.
    private Optional<TarEntry> take(TarHeader header) throws IOException {
        char type = Ustar.TYPE.raw(block).charAt(0);
        switch (type) {
            case 'x', 'X' -> header.addPax(extension(header, "PAX header"));
            case 'g' -> header.addGlobalPax(extension(header, "global PAX header"));
            case 'L' -> header.longName(extension(header, "long name"));
            case 'K' -> header.longLink(extension(header, "long link name"));
            case 'V' -> extension(header, "volume label");
            default -> {
                TarHeader.Read read = header.read(block);
                content = new TarContent(in, read.contentSize(), header);
                return Optional.of(read.entry());
            }
        }
        return Optional.empty();
    }

    private byte[] extension(TarHeader header, String what) throws IOException {
        OptionalLong size = Ustar.SIZE.number(block);
        if (size.isEmpty() || size.getAsLong() < 0) {
            throw header.invalid("the size of its " + what + " is malformed");
        }
        if (size.getAsLong() > MAX_EXTENSION) {
            throw header.invalid(
                    "its "
                            + what
                            + " has "
                            + size.getAsLong()
                            + " bytes; "
                            + MAX_EXTENSION
                            + " is the most");
        }
        byte[] bytes = in.readNBytes((int) size.getAsLong());
        int padding = Ustar.padding(bytes.length);
        if (bytes.length < size.getAsLong() || in.readNBytes(padding).length < padding) {
            throw header.invalid("the archive is cut off in its " + what);
        }
        offset += bytes.length + padding;
        return bytes;
    }

    /// @return false at the end of the archive
    private boolean readBlock() throws IOException {
        int count = in.readNBytes(block, 0, Ustar.BLOCK);
        offset += count;
        if (count == 0) {
            return false;
        }
        requireWhole(count);
        if (!isZero()) {
            return true;
        }
        count = in.readNBytes(block, 0, Ustar.BLOCK);
        offset += count;
        if (count > 0) {
            requireWhole(count);
            if (!isZero()) {
                throw new InvalidTarException(
                        "invalid tar: a lone block of zeros at offset "
                                + (offset - 2 * Ustar.BLOCK)
                                + ", and more data after it");
            }
        }
        endMarkSeen = true;
        return false;
    }

    private void requireWhole(int count) throws InvalidTarException {
        if (count < Ustar.BLOCK) {
            throw new InvalidTarException(
                    "invalid tar: cut off in a header at offset " + (offset - count));
        }
    }

    private boolean isZero() {
        for (byte b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }
}
