package dev.jbuild.store.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What stands before the content of one entry: extensions, then the header itself.
final class TarHeader {
    private static final long MAX_ID = 0xffff_fffeL;

    /// The most bytes of a value that Linux takes (xattr(7)).
    private static final int MAX_XATTR = 65536;

    private static final int MAX_XATTR_NAME = 255;

    private final Map<String, String> global;
    private final ArchiveLimits limits;
    private final Map<String, String> pax;
    private final StringBuilder sparseMap = new StringBuilder();
    private boolean hasPax;
    private @Nullable String longName;
    private @Nullable String longLink;
    private @Nullable String name;
    private long offset;
    private boolean extended;

    /// @param global records of all entries; written to by [#addGlobalPax]
    TarHeader(Map<String, String> global, ArchiveLimits limits) {
        this.global = global;
        this.limits = limits;
        this.pax = new HashMap<>(global);
    }

    /// Where the map of a sparse file stands (GNU tar's manual, "Storing Sparse Files").
    enum Sparse {
        NO,
        /// In the header, and in blocks behind it.
        OLD_GNU,
        /// In PAX records: formats 0.0 and 0.1.
        PAX,
        /// Before the content: format 1.0.
        CONTENT
    }

    /// @param contentSize bytes that follow, without padding; of a sparse file's size less the
    ///     holes
    record Read(TarEntry entry, long contentSize, Sparse sparse) {
        Read(TarEntry entry, long contentSize) {
            this(entry, contentSize, Sparse.NO);
        }
    }

    void startAt(long offset) {
        this.offset = offset;
    }

    boolean hasExtension() {
        return extended;
    }

    void addPax(byte[] records) throws InvalidTarException {
        if (hasPax) {
            throw invalid("two PAX headers for one entry, of which readers take different ones");
        }
        hasPax = true;
        extended = true;
        decode(records, this::putLocal);
    }

    void addGlobalPax(byte[] records) throws InvalidTarException {
        decode(records, this::putGlobal);
        long size = 0;
        for (Map.Entry<String, String> entry : global.entrySet()) {
            size += entry.getKey().length() + entry.getValue().length();
        }
        if (size > TarReader.MAX_EXTENSION) {
            throw invalid("its global PAX headers have " + size + " bytes together");
        }
    }

    private Optional<String> putLocal(String keyword, String value) {
        if (keyword.equals(PaxRecords.SPARSE_OFFSET) || keyword.equals(PaxRecords.SPARSE_LENGTH)) {
            sparseMap.append(sparseMap.isEmpty() ? "" : ",").append(value);
        } else {
            pax.put(keyword, value);
        }
        return Optional.empty();
    }

    /// One that names, measures or links can hold for one entry alone; few readers heed it.
    private Optional<String> putGlobal(String keyword, String value) {
        if (keyword.equals(PaxRecords.PATH)
                || keyword.equals(PaxRecords.LINK_PATH)
                || keyword.equals(PaxRecords.SIZE)
                || keyword.equals(PaxRecords.STAR_REAL_SIZE)
                || keyword.startsWith(PaxRecords.SPARSE)) {
            return Optional.of("a global PAX header that gives all entries one '" + keyword + "'");
        }
        global.put(keyword, value);
        pax.put(keyword, value);
        return Optional.empty();
    }

    void longName(byte[] text) throws InvalidTarException {
        if (longName != null) {
            throw invalid("two long names for one entry, of which readers take different ones");
        }
        extended = true;
        longName = terminated(text);
    }

    void longLink(byte[] text) throws InvalidTarException {
        if (longLink != null) {
            throw invalid("two long links for one entry, of which readers take different ones");
        }
        extended = true;
        longLink = terminated(text);
    }

    /// Reads the header proper.
    Read read(byte[] block) throws InvalidTarException {
        String raw = rawName(block);
        name = raw;
        EntryPath path = path(raw, "name");
        Metadata metadata = metadata(block);
        char type = Ustar.TYPE.first(block);
        if (record(PaxRecords.STAR_REAL_SIZE) != null) {
            throw invalid("a sparse file as only star writes it; write it with GNU tar");
        }
        Sparse sparse = sparse(type);
        return switch (type) {
            case '0', '\0', '7', 'S' ->
                    raw.endsWith("/") // as V7 marked a directory
                            ? new Read(new TarEntry.Directory(path, metadata), 0)
                            : file(block, path, metadata, sparse);
            case '1' -> new Read(new TarEntry.HardLink(path, metadata, linkPath(block)), 0);
            case '2' -> new Read(new TarEntry.Symlink(path, metadata, target(block)), 0);
            case '3', '4' -> new Read(device(block, path, metadata, type == '3'), 0);
            case '5' -> new Read(new TarEntry.Directory(path, metadata), 0);
            case 'D' -> new Read(new TarEntry.Directory(path, metadata), size(block));
            case '6' -> new Read(new TarEntry.Fifo(path, metadata), 0);
            case 'M' -> throw invalid("the rest of a file from another volume");
            default ->
                    throw invalid(
                            "its type '"
                                    + (type < ' ' ? "\\" + (int) type : type)
                                    + "' is unknown");
        };
    }

    InvalidTarException invalid(String what) {
        String entry =
                name == null
                        ? "invalid tar: the entry"
                        : "invalid tar: entry '" + Printable.of(name) + "'";
        return new InvalidTarException(entry + " at offset " + offset + ": " + what);
    }

    private Read file(byte[] block, EntryPath path, Metadata metadata, Sparse sparse)
            throws InvalidTarException {
        if (path.isRoot()) {
            throw invalid("the root can only be a directory");
        }
        long stored = size(block);
        long size =
                switch (sparse) {
                    case NO -> stored;
                    case OLD_GNU ->
                            Ustar.SPARSE_SIZE
                                    .number(block)
                                    .orElseThrow(() -> invalid("its sparse size is malformed"));
                    case PAX, CONTENT -> sparseSize();
                };
        if (size < 0 || (size < stored && sparse != Sparse.CONTENT)) {
            throw invalid(
                    "its sparse file of "
                            + size
                            + " bytes has more in the archive, "
                            + stored
                            + " bytes");
        }
        return new Read(new TarEntry.RegularFile(path, metadata, size), stored, sparse);
    }

    private long sparseSize() throws InvalidTarException {
        String text =
                or(record(PaxRecords.SPARSE_REAL_SIZE), or(record(PaxRecords.SPARSE_SIZE), ""));
        return PaxRecords.parseNumber(text)
                .orElseThrow(() -> invalid("its sparse size is malformed"));
    }

    private Sparse sparse(char type) throws InvalidTarException {
        boolean inPax = !sparseMap.isEmpty();
        for (String keyword : pax.keySet()) {
            inPax |= keyword.startsWith(PaxRecords.SPARSE);
        }
        if (type == 'S') {
            if (inPax) {
                throw invalid("two kinds of sparse file at once");
            }
            return Sparse.OLD_GNU;
        }
        if (!inPax) {
            return Sparse.NO;
        }
        if (type != '0' && type != '\0' && type != '7') {
            throw invalid("it is sparse, but no file");
        }
        String version =
                or(record(PaxRecords.SPARSE_MAJOR), "0")
                        + "."
                        + or(record(PaxRecords.SPARSE_MINOR), "0");
        return switch (version) {
            case "0.0", "0.1" -> Sparse.PAX;
            case "1.0" -> Sparse.CONTENT;
            default -> throw invalid("a sparse file of the unknown format " + version);
        };
    }

    /// The map of a file that is sparse after PAX 0.0 or 0.1.
    SparseMap paxSparseMap() throws InvalidTarException {
        SparseMap map = new SparseMap();
        String text = or(record(PaxRecords.SPARSE_MAP), sparseMap.toString());
        Optional<String> problem = map.addAll(text);
        if (problem.isPresent()) {
            throw invalid(problem.get());
        }
        return map;
    }

    private String rawName(byte[] block) throws InvalidTarException {
        String inPax = or(record(PaxRecords.SPARSE_NAME), or(record(PaxRecords.PATH), ""));
        if (longName != null) {
            if (!inPax.isEmpty() && !inPax.equals(longName)) {
                throw invalid("two names for one entry, of which readers take different ones");
            }
            return longName;
        }
        return inPax.isEmpty() ? ustarName(block) : inPax;
    }

    private TarEntry device(byte[] block, EntryPath path, Metadata metadata, boolean character)
            throws InvalidTarException {
        long major = number(block, Ustar.DEVICE_MAJOR, PaxRecords.DEVICE_MAJOR, Integer.MAX_VALUE);
        long minor = number(block, Ustar.DEVICE_MINOR, PaxRecords.DEVICE_MINOR, Integer.MAX_VALUE);
        return new TarEntry.Device(path, metadata, character, (int) major, (int) minor);
    }

    private long size(byte[] block) throws InvalidTarException {
        return number(block, Ustar.SIZE, PaxRecords.SIZE, Long.MAX_VALUE - Ustar.BLOCK);
    }

    private Metadata metadata(byte[] block) throws InvalidTarException {
        long mode = number(block, Ustar.MODE, "", Long.MAX_VALUE) & 07777;
        return new Metadata(
                (int) mode,
                number(block, Ustar.UID, PaxRecords.UID, MAX_ID),
                number(block, Ustar.GID, PaxRecords.GID, MAX_ID),
                mtime(block),
                xattrs());
    }

    private Instant mtime(byte[] block) throws InvalidTarException {
        String text = record(PaxRecords.MTIME);
        if (text != null) {
            return PaxRecords.parseTime(text)
                    .orElseThrow(() -> invalid("its mtime '" + text + "' is malformed"));
        }
        OptionalLong seconds = Ustar.MTIME.number(block);
        if (seconds.isEmpty()
                || seconds.getAsLong() < Instant.MIN.getEpochSecond()
                || seconds.getAsLong() > Instant.MAX.getEpochSecond()) {
            throw invalid("its mtime is malformed");
        }
        return Instant.ofEpochSecond(seconds.getAsLong());
    }

    private SortedMap<String, ByteString> xattrs() throws InvalidTarException {
        if (pax.isEmpty()) {
            return Collections.emptySortedMap();
        }
        SortedMap<String, ByteString> xattrs = new TreeMap<>();
        for (Map.Entry<String, String> entry : pax.entrySet()) {
            if (entry.getKey().startsWith(PaxRecords.XATTR)) {
                String xattr = PaxRecords.xattrName(entry.getKey());
                if (xattr.isEmpty()
                        || xattr.length() > MAX_XATTR_NAME
                        || xattr.indexOf('\0') >= 0) {
                    throw invalid("an extended attribute without a valid name");
                }
                if (entry.getValue().length() > MAX_XATTR) {
                    throw invalid(
                            "an extended attribute of "
                                    + entry.getValue().length()
                                    + " bytes; Linux allows "
                                    + MAX_XATTR);
                }
                xattrs.put(xattr, new ByteString(entry.getValue()));
            }
        }
        return xattrs;
    }

    /// A number from the PAX record, or else from the field.
    private long number(byte[] block, Ustar field, String keyword, long max)
            throws InvalidTarException {
        String text = record(keyword);
        OptionalLong value =
                text == null
                        ? field.number(block)
                        : PaxRecords.parseNumber(text)
                                .map(OptionalLong::of)
                                .orElseGet(OptionalLong::empty);
        if (value.isEmpty() || value.getAsLong() < 0 || value.getAsLong() > max) {
            throw invalid(
                    "its " + field.name().toLowerCase(java.util.Locale.ROOT) + " is malformed");
        }
        return value.getAsLong();
    }

    private EntryPath linkPath(byte[] block) throws InvalidTarException {
        EntryPath target = path(target(block).latin1(), "link");
        if (target.isRoot()) {
            throw invalid("a hard link to the root");
        }
        return target;
    }

    private ByteString target(byte[] block) throws InvalidTarException {
        String target = or(record(PaxRecords.LINK_PATH), or(longLink, Ustar.LINK_NAME.text(block)));
        if (target.isEmpty() || target.indexOf('\0') >= 0) {
            throw invalid("its link target is empty or has a NUL in it");
        }
        return new ByteString(target);
    }

    /// Relative to the root, without empty and `.` components.
    private EntryPath path(String raw, String what) throws InvalidTarException {
        if (raw.isEmpty() || raw.indexOf('\0') >= 0) {
            throw invalid("its " + what + " is empty or has a NUL in it");
        }
        StringBuilder clean = new StringBuilder(raw.length());
        int start = 0;
        int depth = 0;
        while (start <= raw.length()) {
            int slash = raw.indexOf('/', start);
            int end = slash < 0 ? raw.length() : slash;
            int length = end - start;
            if (length == 2 && raw.startsWith("..", start)) {
                throw invalid("its " + what + " has a '..' in it, which could lead outside");
            }
            if (length > 1 || (length == 1 && raw.charAt(start) != '.')) {
                if (depth > 0) {
                    clean.append('/');
                }
                clean.append(raw, start, end);
                depth++;
            }
            start = end + 1;
        }
        if (depth > limits.depth()) {
            throw invalid(
                    "its "
                            + what
                            + " has "
                            + depth
                            + " components; "
                            + limits.depth()
                            + " are the most"
                            + ArchiveLimits.remedy("depth"));
        }
        return new EntryPath(clean.toString());
    }

    private static String ustarName(byte[] block) {
        String name = Ustar.NAME.text(block);
        String prefix = "";
        if (Ustar.MAGIC.raw(block).startsWith("ustar\0")) {
            boolean star = Ustar.STAR_TRAILER.raw(block).equals("tar\0");
            prefix = (star ? Ustar.STAR_PREFIX : Ustar.PREFIX).text(block);
        }
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    /// A record's value; an empty one means that the field of the header holds (POSIX).
    private @Nullable String record(String keyword) {
        String value = pax.get(keyword);
        return value == null || value.isEmpty() ? null : value;
    }

    private static String or(@Nullable String first, String second) {
        return first == null ? second : first;
    }

    private String terminated(byte[] text) throws InvalidTarException {
        int end = text.length;
        while (end > 0 && text[end - 1] == 0) {
            end--;
        }
        String name = new String(text, 0, end, ISO_8859_1);
        if (name.isEmpty() || name.indexOf('\0') >= 0) {
            throw invalid("its long name is empty or has a NUL in it");
        }
        return name;
    }

    private void decode(byte[] records, PaxRecords.Sink sink) throws InvalidTarException {
        Optional<String> problem = PaxRecords.decode(records, sink);
        if (problem.isPresent()) {
            throw invalid(problem.get());
        }
    }
}
