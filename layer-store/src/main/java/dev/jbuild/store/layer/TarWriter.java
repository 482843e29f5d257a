package dev.jbuild.store.layer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Writes entries as tar: ustar headers, and PAX records where those don't suffice. The bytes
/// depend on the entries alone (docs/decisions/0005-layer-tar.md): no user and group names, no
/// access times, PAX records in order of their keywords, two blocks of zeros at the end.
///
/// Used by one thread; does not close the stream.
public final class TarWriter implements LayerSink {
    private static final String PAX_NAME = "././@PaxHeader";
    private static final Metadata WHITEOUT = new Metadata(0, 0, 0, Instant.EPOCH);

    private final OutputStream out;
    private final byte[] buffer = new byte[1 << 16];

    public TarWriter(OutputStream out) {
        this.out = out;
    }

    @Override
    public void add(TarEntry.RegularFile file, InputStream content) throws IOException {
        begin(file);
        content(file, content);
    }

    /// Writes the header of a file.
    void begin(TarEntry.RegularFile file) throws IOException {
        if (file.size() < 0) {
            throw new IllegalArgumentException("'" + file.path() + "': the size is " + file.size());
        }
        writeHeader(file);
    }

    /// Writes the content of the file that was begun.
    void content(TarEntry.RegularFile file, InputStream content) throws IOException {
        long remaining = file.size();
        while (remaining > 0) {
            int count = content.read(buffer, 0, (int) Math.min(buffer.length, remaining));
            if (count < 0) {
                throw new EOFException(
                        "'"
                                + file.path()
                                + "': the content ended after "
                                + (file.size() - remaining)
                                + " of "
                                + file.size()
                                + " bytes; was it changed meanwhile?");
            }
            out.write(buffer, 0, count);
            remaining -= count;
        }
        out.write(new byte[Ustar.padding(file.size())]);
    }

    @Override
    public void add(TarEntry entry) throws IOException {
        if (entry instanceof TarEntry.RegularFile file && file.size() != 0) {
            throw new IllegalArgumentException(
                    "'" + file.path() + "' has " + file.size() + " bytes, and no content is given");
        }
        writeHeader(entry);
    }

    @Override
    public void whiteout(EntryPath path) throws IOException {
        add(new TarEntry.RegularFile(Whiteouts.whiteoutOf(path), WHITEOUT, 0));
    }

    @Override
    public void opaque(EntryPath directory) throws IOException {
        add(new TarEntry.RegularFile(Whiteouts.opaqueMarkerOf(directory), WHITEOUT, 0));
    }

    /// Writes the end of the archive; nothing may be added after it.
    public void finish() throws IOException {
        out.write(new byte[2 * Ustar.BLOCK]);
    }

    private void writeHeader(TarEntry entry) throws IOException {
        byte[] block = new byte[Ustar.BLOCK];
        SortedMap<String, String> pax = new TreeMap<>();
        putName(block, pax, nameOf(entry));
        putMetadata(block, pax, entry.metadata());
        Ustar.TYPE.putText(block, type(entry));
        putSpecifics(block, pax, entry);
        if (!pax.isEmpty()) {
            writePax(pax);
        }
        seal(block);
    }

    private static String type(TarEntry entry) {
        return switch (entry) {
            case TarEntry.RegularFile _ -> "0";
            case TarEntry.HardLink _ -> "1";
            case TarEntry.Symlink _ -> "2";
            case TarEntry.Device device -> device.character() ? "3" : "4";
            case TarEntry.Directory _ -> "5";
            case TarEntry.Fifo _ -> "6";
        };
    }

    private static void putSpecifics(byte[] block, Map<String, String> pax, TarEntry entry) {
        switch (entry) {
            case TarEntry.RegularFile file ->
                    putNumber(Ustar.SIZE, block, pax, PaxRecords.SIZE, file.size());
            case TarEntry.HardLink link -> putLink(block, pax, link.target().latin1());
            case TarEntry.Symlink link -> putLink(block, pax, link.target().latin1());
            case TarEntry.Device device -> {
                putNumber(Ustar.DEVICE_MAJOR, block, pax, PaxRecords.DEVICE_MAJOR, device.major());
                putNumber(Ustar.DEVICE_MINOR, block, pax, PaxRecords.DEVICE_MINOR, device.minor());
            }
            case TarEntry.Directory _, TarEntry.Fifo _ -> {}
        }
    }

    private static String nameOf(TarEntry entry) {
        if (entry.path().isRoot()) {
            if (!(entry instanceof TarEntry.Directory)) {
                throw new IllegalArgumentException("the root can only be a directory: " + entry);
            }
            return "./";
        }
        String name = entry.path().latin1();
        requireNoNul(name);
        return entry instanceof TarEntry.Directory ? name + "/" : name;
    }

    private static void putName(byte[] block, Map<String, String> pax, String name) {
        if (!isAscii(name)) {
            pax.put(PaxRecords.PATH, name);
            putCut(Ustar.NAME, block, name);
        } else if (name.length() <= Ustar.NAME.length()) {
            Ustar.NAME.putText(block, name);
        } else {
            Optional<Integer> slash = split(name);
            if (slash.isPresent()) {
                Ustar.PREFIX.putText(block, name.substring(0, slash.get()));
                Ustar.NAME.putText(block, name.substring(slash.get() + 1));
            } else {
                pax.put(PaxRecords.PATH, name);
                putCut(Ustar.NAME, block, name);
            }
        }
    }

    /// Where a long name divides into prefix and name, at the last slash that the prefix can hold.
    private static Optional<Integer> split(String name) {
        int slash = name.lastIndexOf('/', Math.min(Ustar.PREFIX.length(), name.length() - 2));
        int rest = name.length() - slash - 1;
        return slash > 0 && rest <= Ustar.NAME.length() ? Optional.of(slash) : Optional.empty();
    }

    private static void putLink(byte[] block, Map<String, String> pax, String target) {
        requireNoNul(target);
        if (isAscii(target) && target.length() <= Ustar.LINK_NAME.length()) {
            Ustar.LINK_NAME.putText(block, target);
        } else {
            pax.put(PaxRecords.LINK_PATH, target);
            putCut(Ustar.LINK_NAME, block, target);
        }
    }

    /// For readers that don't know PAX: what fits, in ASCII.
    private static void putCut(Ustar field, byte[] block, String text) {
        StringBuilder ascii = new StringBuilder(field.length());
        for (int i = 0; i < Math.min(field.length(), text.length()); i++) {
            char c = text.charAt(i);
            ascii.append(c >= ' ' && c <= '~' ? c : '_');
        }
        field.putText(block, ascii.toString());
    }

    private static void putMetadata(byte[] block, Map<String, String> pax, Metadata metadata) {
        if (metadata.uid() < 0 || metadata.gid() < 0) {
            throw new IllegalArgumentException(
                    "invalid owner " + metadata.uid() + ":" + metadata.gid() + ": it is negative");
        }
        Ustar.MODE.putOctal(block, metadata.mode());
        putNumber(Ustar.UID, block, pax, PaxRecords.UID, metadata.uid());
        putNumber(Ustar.GID, block, pax, PaxRecords.GID, metadata.gid());
        Ustar.SIZE.putOctal(block, 0);
        Ustar.DEVICE_MAJOR.putOctal(block, 0);
        Ustar.DEVICE_MINOR.putOctal(block, 0);
        Instant mtime = metadata.mtime();
        long seconds = mtime.getEpochSecond();
        boolean fits = seconds >= 0 && seconds <= Ustar.MTIME.maxOctal();
        Ustar.MTIME.putOctal(block, fits ? seconds : 0);
        if (!fits || mtime.getNano() != 0) {
            pax.put(PaxRecords.MTIME, PaxRecords.time(mtime));
        }
        metadata.xattrs()
                .forEach((name, value) -> pax.put(PaxRecords.xattrKeyword(name), value.latin1()));
    }

    private static void putNumber(
            Ustar field, byte[] block, Map<String, String> pax, String keyword, long value) {
        boolean fits = value >= 0 && value <= field.maxOctal();
        field.putOctal(block, fits ? value : 0);
        if (!fits) {
            pax.put(keyword, Long.toString(value));
        }
    }

    private void writePax(SortedMap<String, String> records) throws IOException {
        byte[] content = PaxRecords.encode(records);
        byte[] block = new byte[Ustar.BLOCK];
        Ustar.NAME.putText(block, PAX_NAME);
        putMetadata(block, new TreeMap<>(), WHITEOUT);
        Ustar.MODE.putOctal(block, 0644);
        Ustar.SIZE.putOctal(block, content.length);
        Ustar.TYPE.putText(block, "x");
        seal(block);
        out.write(content);
        out.write(new byte[Ustar.padding(content.length)]);
    }

    private void seal(byte[] block) throws IOException {
        Ustar.MAGIC.putText(block, Ustar.POSIX_MAGIC);
        Ustar.putChecksum(block);
        out.write(block);
    }

    private static boolean isAscii(String latin1) {
        return latin1.chars().allMatch(c -> c < 0x80);
    }

    private static void requireNoNul(String name) {
        if (name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    "'" + name.replace('\0', '?') + "': a name can't hold a NUL");
        }
    }
}
