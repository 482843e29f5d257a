package dev.jbuild.builder.compare;

import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerReader;
import dev.jbuild.store.layer.TarEntry;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// What a layer holds, or a part of it, with the hashes of the contents.
record LayerListing(Map<EntryPath, Item> items) {
    private static final ByteString NO_CONTENT = new ByteString("");

    /// An entry.
    ///
    /// @param position how many entries stand before it
    /// @param hash of its content; empty if it has none
    record Item(TarEntry entry, long position, ByteString hash) {

        boolean isFile() {
            return entry instanceof TarEntry.RegularFile;
        }

        boolean isSame(Item other) {
            return entry.equals(other.entry) && hasSameContent(other);
        }

        boolean hasSameContent(Item other) {
            return hash.equals(other.hash);
        }
    }

    /// Reads a layer to its end.
    ///
    /// @param part the paths whose hash modulo `parts` is this are listed
    /// @param max of entries
    /// @return empty if there are more than `max`
    static Optional<LayerListing> read(LayerBlob layer, int part, int parts, int max)
            throws IOException {
        Map<EntryPath, Item> items = new HashMap<>();
        MessageDigest hash = DigestAlgorithm.SHA256.newHash();
        byte[] buffer = new byte[1 << 16];
        try (LayerReader source = layer.entries()) {
            long position = 0;
            for (Optional<TarEntry> next = source.next(); next.isPresent(); next = source.next()) {
                TarEntry entry = next.get();
                if (Math.floorMod(entry.path().hashCode(), parts) == part) {
                    ByteString content = hash(entry, source.content(), hash, buffer);
                    items.put(entry.path(), new Item(entry, position, content));
                    if (items.size() > max) {
                        return Optional.empty();
                    }
                }
                position++;
            }
        }
        return Optional.of(new LayerListing(items));
    }

    private static ByteString hash(
            TarEntry entry, InputStream content, MessageDigest hash, byte[] buffer)
            throws IOException {
        if (!(entry instanceof TarEntry.RegularFile file) || file.size() == 0) {
            return NO_CONTENT;
        }
        for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
            hash.update(buffer, 0, count);
        }
        return ByteString.of(hash.digest());
    }
}
