package dev.jbuild.store.layer;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/// Hands on all entries of a source, whiteouts as such.
public final class LayerCopy {
    private LayerCopy() {}

    /// @return the newest mtime, or empty if there was no entry
    public static Optional<Instant> copy(LayerSource source, LayerSink sink) throws IOException {
        Optional<Instant> newest = Optional.empty();
        for (Optional<TarEntry> entry = source.next(); entry.isPresent(); entry = source.next()) {
            add(entry.get(), source, sink);
            Instant mtime = entry.get().metadata().mtime();
            newest = newest.filter(time -> time.isAfter(mtime)).or(() -> Optional.of(mtime));
        }
        return newest;
    }

    private static void add(TarEntry entry, LayerSource source, LayerSink sink) throws IOException {
        Optional<EntryPath> deleted = Whiteouts.deletedBy(entry.path());
        if (Whiteouts.isOpaqueMarker(entry.path())) {
            sink.opaque(entry.path().parent().orElseThrow());
        } else if (deleted.isPresent()) {
            sink.whiteout(deleted.get());
        } else if (entry instanceof TarEntry.RegularFile file) {
            sink.add(file, source.content());
        } else {
            sink.add(entry);
        }
    }
}
