package dev.jbuild.overlay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.jbuild.oci.Digest;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerSink;
import dev.jbuild.store.layer.LayerSource;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.Whiteouts;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A layer in memory: takes entries and gives them again.
final class Recorded implements LayerSink {
    /// @param content of a regular file, else empty
    record Item(TarEntry entry, ByteString content) {
        private static final int TOLD = 64;

        @Override
        public String toString() {
            int size = content.latin1().length();
            return entry + " " + (size <= TOLD ? "'" + content + "'" : size + " bytes " + digest());
        }

        private Digest digest() {
            return Digest.sha256(content.bytes());
        }
    }

    final List<Item> items = new ArrayList<>();

    @Override
    public void add(TarEntry.RegularFile file, InputStream content) throws IOException {
        byte[] bytes = content.readNBytes((int) file.size());
        if (bytes.length < file.size()) {
            throw new EOFException("'" + file.path() + "' has only " + bytes.length);
        }
        items.add(new Item(file, ByteString.of(bytes)));
    }

    @Override
    public void add(TarEntry entry) {
        items.add(new Item(entry, ByteString.of("")));
    }

    @Override
    public void whiteout(EntryPath path) {
        marker(Whiteouts.whiteoutOf(path));
    }

    @Override
    public void opaque(EntryPath directory) {
        marker(Whiteouts.opaqueMarkerOf(directory));
    }

    /// The paths in order; a directory with a slash at the end.
    List<String> paths() {
        return items.stream()
                .map(
                        item ->
                                item.entry().path()
                                        + (item.entry() instanceof TarEntry.Directory ? "/" : ""))
                .toList();
    }

    /// One for each entry, in order.
    List<String> lines() {
        return items.stream().map(Item::toString).toList();
    }

    TarEntry entry(String path) {
        return items.stream()
                .map(Item::entry)
                .filter(entry -> entry.path().equals(EntryPath.of(path)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no entry " + path + " in " + paths()));
    }

    String content(String path) {
        return items.stream()
                .filter(item -> item.entry().path().equals(EntryPath.of(path)))
                .findFirst()
                .orElseThrow()
                .content()
                .toString();
    }

    Recorded directory(String path) {
        return directory(path, 0755);
    }

    Recorded directory(String path, int mode) {
        add(new TarEntry.Directory(EntryPath.of(path), metadata(mode)));
        return this;
    }

    Recorded file(String path, String content) {
        return file(path, content, metadata(0644));
    }

    Recorded file(String path, String content, Metadata metadata) {
        byte[] bytes = content.getBytes(ISO_8859_1);
        items.add(
                new Item(
                        new TarEntry.RegularFile(EntryPath.of(path), metadata, bytes.length),
                        ByteString.of(bytes)));
        return this;
    }

    Recorded symlink(String path, String target) {
        add(new TarEntry.Symlink(EntryPath.of(path), metadata(0777), ByteString.of(target)));
        return this;
    }

    Recorded hardLink(String path, String target) {
        add(new TarEntry.HardLink(EntryPath.of(path), metadata(0644), EntryPath.of(target)));
        return this;
    }

    static Metadata metadata(int mode) {
        return new Metadata(mode, 0, 0, Instant.ofEpochSecond(1_000_000_000L, 123_456_789));
    }

    LayerSource source() {
        return new Source();
    }

    private void marker(EntryPath path) {
        items.add(
                new Item(
                        new TarEntry.RegularFile(path, new Metadata(0644, 0, 0, Instant.EPOCH), 0),
                        ByteString.of("")));
    }

    private final class Source implements LayerSource {
        private int next;

        @Override
        public Optional<TarEntry> next() {
            return next == items.size() ? Optional.empty() : Optional.of(items.get(next++).entry());
        }

        @Override
        public InputStream content() {
            return new ByteArrayInputStream(items.get(next - 1).content().bytes());
        }

        @Override
        public void close() {}
    }
}
