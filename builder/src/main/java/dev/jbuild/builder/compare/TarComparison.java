package dev.jbuild.builder.compare;

import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Printable;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.TarReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// Finds where the tars of two layers differ whose files are equal: the order of the entries, or
/// how their headers are written.
final class TarComparison {
    private static final int BLOCK = 512;

    private TarComparison() {}

    static Optional<TarDifference> of(LayerBlob first, LayerBlob second) throws IOException {
        Optional<ByteDifference> bytes;
        try (InputStream a = first.tar();
                InputStream b = second.tar()) {
            bytes = ByteDifference.between(a, b);
        }
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        Optional<Place> a = Place.find(first, bytes.get().from());
        Optional<Place> b = Place.find(second, bytes.get().from());
        return Optional.of(new TarDifference(bytes.get(), describe(a, b)));
    }

    private static String describe(Optional<Place> first, Optional<Place> second) {
        if (first.isEmpty() && second.isEmpty()) {
            return "what follows the last entry";
        }
        if (first.isEmpty() || second.isEmpty()) {
            Place only = first.or(() -> second).orElseThrow();
            return only.quoted()
                    + " stands once more in the "
                    + (first.isPresent() ? "first" : "second");
        }
        Place a = first.get();
        Place b = second.get();
        if (!a.path().equals(b.path())) {
            return "the order of the entries: "
                    + a.quoted()
                    + " in the first stands where the second has "
                    + b.quoted();
        }
        return a.inHeader() || b.inHeader()
                ? "how the header of " + a.quoted() + " is written"
                : "the content or the padding of " + a.quoted();
    }

    /// What is at an offset of a tar.
    ///
    /// @param inHeader in the header or its PAX records, not behind them
    private record Place(EntryPath path, boolean inHeader) {

        String quoted() {
            return "'" + Printable.of(path.bytes()) + "'";
        }

        /// @return empty if it lies behind the last entry
        static Optional<Place> find(LayerBlob layer, long offset) throws IOException {
            try (Counting in = new Counting(layer.tar());
                    TarReader tar = new TarReader(in)) {
                for (Optional<TarEntry> next = tar.next(); next.isPresent(); next = tar.next()) {
                    long content = in.count;
                    long size = next.get() instanceof TarEntry.RegularFile f ? f.size() : 0;
                    if (offset < content + Math.ceilDiv(size, BLOCK) * BLOCK) {
                        return Optional.of(new Place(next.get().path(), offset < content));
                    }
                }
            }
            return Optional.empty();
        }
    }

    /// [TarReader] reads no further than the header, so this says where it is.
    private static final class Counting extends FilterInputStream {
        private long count;

        Counting(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            count += value < 0 ? 0 : 1;
            return value;
        }

        @Override
        public int read(byte[] bytes, int off, int len) throws IOException {
            int read = super.read(bytes, off, len);
            count += Math.max(read, 0);
            return read;
        }
    }
}
