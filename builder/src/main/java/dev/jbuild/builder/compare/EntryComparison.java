package dev.jbuild.builder.compare;

import dev.jbuild.builder.compare.FileDifference.Attribute;
import dev.jbuild.builder.compare.FileDifference.Change;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.Printable;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.Whiteouts;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeSet;

/// Compares two entries of one path attribute by attribute.
final class EntryComparison {
    private static final String NONE = "none";

    private final List<Change> changes = new ArrayList<>();

    private EntryComparison() {}

    /// @param bytes where the contents differ, if they do
    static List<Change> changes(
            Optional<TarEntry> first, Optional<TarEntry> second, Optional<ByteDifference> bytes) {
        if (first.isEmpty() || second.isEmpty()) {
            TarEntry only = first.or(() -> second).orElseThrow();
            return List.of(new FileDifference.OnlyIn(first.isPresent(), type(only)));
        }
        EntryComparison comparison = new EntryComparison();
        comparison.compare(first.get(), second.get());
        bytes.map(FileDifference.Bytes::new).ifPresent(comparison.changes::add);
        return comparison.changes;
    }

    private void compare(TarEntry first, TarEntry second) {
        Metadata a = first.metadata();
        Metadata b = second.metadata();
        note("type", type(first), type(second));
        note("mode", mode(a), mode(b));
        note("owner", a.uid() + ":" + a.gid(), b.uid() + ":" + b.gid());
        note("mtime", a.mtime().toString(), b.mtime().toString());
        xattrs(a.xattrs(), b.xattrs());
        note("link target", target(first), target(second));
        note("device", device(first), device(second));
        note("size", size(first), size(second));
    }

    private void note(String name, String first, String second) {
        if (!first.equals(second)) {
            changes.add(new Attribute(name, first, second));
        }
    }

    private void xattrs(SortedMap<String, ByteString> first, SortedMap<String, ByteString> second) {
        TreeSet<String> names = new TreeSet<>(first.keySet());
        names.addAll(second.keySet());
        for (String name : names) {
            note("xattr " + name, value(first, name), value(second, name));
        }
    }

    private static String value(SortedMap<String, ByteString> xattrs, String name) {
        ByteString value = xattrs.get(name);
        return value == null ? NONE : "0x" + HexFormat.of().formatHex(value.bytes());
    }

    private static String mode(Metadata metadata) {
        return String.format(Locale.ROOT, "%04o", metadata.mode());
    }

    private static String type(TarEntry entry) {
        return switch (entry) {
            case TarEntry.RegularFile file -> fileType(file);
            case TarEntry.Directory _ -> "directory";
            case TarEntry.Symlink _ -> "symlink";
            case TarEntry.HardLink _ -> "hard link";
            case TarEntry.Device device -> device.character() ? "character device" : "block device";
            case TarEntry.Fifo _ -> "fifo";
        };
    }

    private static String fileType(TarEntry.RegularFile file) {
        if (Whiteouts.isOpaqueMarker(file.path())) {
            return "opaque marker";
        }
        return Whiteouts.deletedBy(file.path()).isPresent() ? "whiteout" : "file";
    }

    private static String target(TarEntry entry) {
        return switch (entry) {
            case TarEntry.Symlink link -> Printable.of(link.target().bytes());
            case TarEntry.HardLink link -> Printable.of(link.target().bytes());
            case TarEntry.RegularFile _, TarEntry.Directory _, TarEntry.Device _, TarEntry.Fifo _ ->
                    NONE;
        };
    }

    private static String device(TarEntry entry) {
        return entry instanceof TarEntry.Device device
                ? device.major() + ":" + device.minor()
                : NONE;
    }

    private static String size(TarEntry entry) {
        return entry instanceof TarEntry.RegularFile file ? Long.toString(file.size()) : NONE;
    }
}
