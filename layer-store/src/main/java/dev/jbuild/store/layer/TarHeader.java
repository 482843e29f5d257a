package dev.jbuild.store.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.time.Instant;
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

    private final Map<String, String> global;
    private final Map<String, String> pax;
    private @Nullable String longName;
    private @Nullable String longLink;
    private @Nullable String name;
    private long offset;
    private boolean extended;

    /// @param global records of all entries; written to by [#addGlobalPax]
    TarHeader(Map<String, String> global) {
        this.global = global;
        this.pax = new HashMap<>(global);
    }

    /// @param contentSize bytes that follow, without padding
    record Read(TarEntry entry, long contentSize) {}

    void startAt(long offset) {
        this.offset = offset;
    }

    boolean hasExtension() {
        return extended;
    }

    void addPax(byte[] records) throws InvalidTarException {
        extended = true;
        decode(records, pax);
    }

    void addGlobalPax(byte[] records) throws InvalidTarException {
        decode(records, global);
        decode(records, pax);
        long size = 0;
        for (Map.Entry<String, String> entry : global.entrySet()) {
            size += entry.getKey().length() + entry.getValue().length();
        }
        if (size > TarReader.MAX_EXTENSION) {
            throw invalid("its global PAX headers have " + size + " bytes together");
        }
    }

    void longName(byte[] text) throws InvalidTarException {
        extended = true;
        longName = terminated(text);
    }

    void longLink(byte[] text) throws InvalidTarException {
        extended = true;
        longLink = terminated(text);
    }

    /// Reads the header proper.
    Read read(byte[] block) throws InvalidTarException {
        String raw = or(record(PaxRecords.PATH), or(longName, ustarName(block)));
        name = raw;
        for (String keyword : pax.keySet()) {
            if (keyword.startsWith(PaxRecords.SPARSE)) {
                throw invalid("a sparse file, which is not supported; write it without --sparse");
            }
        }
        EntryPath path = path(raw, "name");
        Metadata metadata = metadata(block);
        char type = Ustar.TYPE.raw(block).charAt(0);
        return switch (type) {
            case '0', '\0', '7' ->
                    raw.endsWith("/") // as V7 marked a directory
                            ? new Read(new TarEntry.Directory(path, metadata), 0)
                            : file(block, path, metadata);
            case '1' -> new Read(new TarEntry.HardLink(path, metadata, linkPath(block)), 0);
            case '2' -> new Read(new TarEntry.Symlink(path, metadata, target(block)), 0);
            case '3', '4' -> new Read(device(block, path, metadata, type == '3'), 0);
            case '5' -> new Read(new TarEntry.Directory(path, metadata), 0);
            case 'D' -> new Read(new TarEntry.Directory(path, metadata), size(block));
            case '6' -> new Read(new TarEntry.Fifo(path, metadata), 0);
            case 'S' ->
                    throw invalid(
                            "a sparse file, which is not supported; write it without --sparse");
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
                        : "invalid tar: entry '" + ByteString.of(name.getBytes(ISO_8859_1)) + "'";
        return new InvalidTarException(entry + " at offset " + offset + ": " + what);
    }

    private Read file(byte[] block, EntryPath path, Metadata metadata) throws InvalidTarException {
        if (path.isRoot()) {
            throw invalid("the root can only be a directory");
        }
        long size = size(block);
        return new Read(new TarEntry.RegularFile(path, metadata, size), size);
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
        if (seconds.isEmpty() || Math.abs(seconds.getAsLong()) > Instant.MAX.getEpochSecond()) {
            throw invalid("its mtime is malformed");
        }
        return Instant.ofEpochSecond(seconds.getAsLong());
    }

    private SortedMap<String, ByteString> xattrs() throws InvalidTarException {
        SortedMap<String, ByteString> xattrs = new TreeMap<>();
        for (Map.Entry<String, String> entry : pax.entrySet()) {
            if (entry.getKey().startsWith(PaxRecords.XATTR)) {
                String xattr = PaxRecords.xattrName(entry.getKey());
                if (xattr.isEmpty() || xattr.indexOf('\0') >= 0) {
                    throw invalid("an extended attribute without a valid name");
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
        while (start <= raw.length()) {
            int slash = raw.indexOf('/', start);
            int end = slash < 0 ? raw.length() : slash;
            String component = raw.substring(start, end);
            if (component.equals("..")) {
                throw invalid("its " + what + " has a '..' in it, which could lead outside");
            }
            if (!component.isEmpty() && !component.equals(".")) {
                clean.append(clean.isEmpty() ? "" : "/").append(component);
            }
            start = end + 1;
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

    private void decode(byte[] records, Map<String, String> into) throws InvalidTarException {
        Optional<String> problem = PaxRecords.decode(records, into);
        if (problem.isPresent()) {
            throw invalid(problem.get());
        }
    }
}
