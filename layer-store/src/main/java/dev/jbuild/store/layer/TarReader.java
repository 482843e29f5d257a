package dev.jbuild.store.layer;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Reads a tar: V7, ustar, PAX with global headers, GNU long names and base-256 numbers, GNU's four
/// formats of sparse files. Names are taken relative to the root: a leading `/` or `./` is dropped,
/// as docker does; one with `..` is refused, and so is whatever else can't be understood, or that
/// readers are known to take differently, with the entry and its offset.
///
/// At the end, the stream has been read up to the end of the archive and no further. Used by one
/// thread.
public final class TarReader implements LayerSource {
    /// The most bytes of long names, or of PAX records, before one entry; as much as Go's reader
    /// allows.
    static final int MAX_EXTENSION = 1 << 20;

    private final InputStream in;
    private final ArchiveLimits limits;
    private final byte[] block = new byte[Ustar.BLOCK];
    private final Map<String, String> global = new HashMap<>();
    private TarContent content;
    private @Nullable SparseContent sparse;
    private long entries;
    private long holes;
    private long offset;
    private boolean ended;
    private boolean endMarkSeen;

    /// @param in the uncompressed tar; closed with this
    public TarReader(InputStream in) {
        this(in, ArchiveLimits.DEFAULT);
    }

    /// @param limits how many entries, how deep, how many holes
    public TarReader(InputStream in, ArchiveLimits limits) {
        this.in = in;
        this.limits = limits;
        this.content = TarContent.empty(in);
    }

    @Override
    public Optional<TarEntry> next() throws IOException {
        if (ended) {
            return Optional.empty();
        }
        offset += content.skip();
        sparse = null;
        TarHeader header = new TarHeader(global, limits);
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
        SparseContent known = sparse;
        return known == null ? content : known;
    }

    @Override
    public long skipHole() {
        SparseContent known = sparse;
        return known == null ? 0 : known.skipHole();
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
        char type = Ustar.TYPE.first(block);
        switch (type) {
            case 'x', 'X' -> header.addPax(extension(header, "PAX header"));
            case 'g' -> header.addGlobalPax(extension(header, "global PAX header"));
            case 'L' -> header.longName(extension(header, "long name"));
            case 'K' -> header.longLink(extension(header, "long link name"));
            case 'V' -> extension(header, "volume label");
            default -> {
                count(header);
                TarHeader.Read read = header.read(block);
                switch (read.sparse()) {
                    case NO -> content = new TarContent(in, read.contentSize(), header);
                    case OLD_GNU -> {
                        SparseMap map = oldGnuMap(header);
                        content = new TarContent(in, read.contentSize(), header);
                        expand(header, read, map, read.contentSize());
                    }
                    case PAX -> {
                        content = new TarContent(in, read.contentSize(), header);
                        expand(header, read, header.paxSparseMap(), read.contentSize());
                    }
                    case CONTENT -> {
                        content = new TarContent(in, read.contentSize(), header);
                        SparseMap map = new SparseMap();
                        expand(header, read, map, read.contentSize() - readMap(header, map));
                    }
                }
                return Optional.of(read.entry());
            }
        }
        return Optional.empty();
    }

    private void count(TarHeader header) throws InvalidTarException {
        entries++;
        if (entries > limits.entries()) {
            throw header.invalid(
                    "the archive has more than "
                            + limits.entries()
                            + " entries"
                            + ArchiveLimits.remedy("entries"));
        }
    }

    /// @param stored bytes of the file in the archive
    private void expand(TarHeader header, TarHeader.Read read, SparseMap map, long stored)
            throws InvalidTarException {
        long size = ((TarEntry.RegularFile) read.entry()).size();
        Optional<String> problem = map.check(size, stored);
        if (problem.isPresent()) {
            throw header.invalid(problem.get());
        }
        long more = size - stored;
        if (more > limits.holes() - holes) {
            throw header.invalid(
                    "the holes of its sparse file, "
                            + more
                            + " bytes, and of those before it are more than "
                            + limits.holes()
                            + " bytes"
                            + ArchiveLimits.remedy("holes"));
        }
        holes += more;
        sparse = new SparseContent(content, map, size);
    }

    /// Reads the map in an old GNU header, and in the blocks that continue it.
    private SparseMap oldGnuMap(TarHeader header) throws IOException {
        SparseMap map = new SparseMap();
        addParts(header, map, block, Ustar.SPARSE_PARTS, Ustar.SPARSE_PARTS_HERE);
        boolean continued = Ustar.SPARSE_CONTINUED.first(block) != 0;
        while (continued) {
            byte[] more = in.readNBytes(Ustar.BLOCK);
            if (more.length < Ustar.BLOCK) {
                throw header.invalid("the archive is cut off in the map of its sparse file");
            }
            offset += Ustar.BLOCK;
            addParts(header, map, more, 0, Ustar.SPARSE_PARTS_CONTINUED);
            continued = more[Ustar.SPARSE_CONTINUED_AGAIN] != 0;
        }
        return map;
    }

    private static void addParts(
            TarHeader header, SparseMap map, byte[] block, int start, int parts)
            throws InvalidTarException {
        for (int at = start; at < start + 24 * parts && block[at] != 0; at += 24) {
            OptionalLong offset = Ustar.numberAt(block, at);
            OptionalLong length = Ustar.numberAt(block, at + 12);
            if (offset.isEmpty() || length.isEmpty()) {
                throw header.invalid("the map of its sparse file is malformed");
            }
            add(header, map, offset.getAsLong(), length.getAsLong());
        }
    }

    /// Reads the map before the content: decimal numbers, each with a newline, up to a whole block.
    ///
    /// @return its bytes
    private long readMap(TarHeader header, SparseMap map) throws IOException {
        long read = 0;
        long count = -1;
        long parts = 0;
        long first = -1;
        long number = 0;
        int digits = 0;
        while (count < 0 || parts < count) {
            int c = content.read();
            read++;
            if (c >= '0' && c <= '9' && digits < 18) {
                number = 10 * number + c - '0';
                digits++;
                continue;
            }
            if (c != '\n' || digits == 0) {
                throw header.invalid("the map of its sparse file is malformed");
            }
            if (count < 0) {
                count = number;
            } else if (first < 0) {
                first = number;
            } else {
                add(header, map, first, number);
                parts++;
                first = -1;
            }
            number = 0;
            digits = 0;
        }
        int padding = Ustar.padding(read);
        if (content.readNBytes(padding).length < padding) {
            throw header.invalid("the archive is cut off in the map of its sparse file");
        }
        return read + padding;
    }

    private static void add(TarHeader header, SparseMap map, long offset, long length)
            throws InvalidTarException {
        Optional<String> problem = map.add(offset, length);
        if (problem.isPresent()) {
            throw header.invalid(problem.get());
        }
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
