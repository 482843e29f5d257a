package dev.jbuild.builder;

import dev.jbuild.builder.source.CacheText;
import dev.jbuild.oci.ChainId;
import dev.jbuild.overlay.CopySnapshotter;
import dev.jbuild.overlay.SnapshotView;
import dev.jbuild.overlay.Snapshotter;
import dev.jbuild.store.TempSpace;
import dev.jbuild.store.layer.Decompression;
import dev.jbuild.store.layer.TarReader;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// A build context as a tar: plain or compressed by gzip, bzip2, xz or zstd.
public final class ContextArchive {
    /// How far [#isArchive] looks, in bytes.
    public static final int BEGINNING = 1 << 16;

    private static final int TAR_MAGIC = 257;

    private ContextArchive() {}

    /// Whether it begins as an archive does; a Dockerfile doesn't. Nothing is consumed.
    ///
    /// @param in with a buffer of [#BEGINNING] bytes
    public static boolean isArchive(BufferedInputStream in) throws IOException {
        in.mark(BEGINNING);
        byte[] begin = in.readNBytes(TAR_MAGIC + 5);
        in.reset();
        return startsWith(begin, 0, 0x1f, 0x8b)
                || startsWith(begin, 0, 'B', 'Z', 'h')
                || startsWith(begin, 0, 0xfd, '7', 'z', 'X', 'Z', 0)
                || startsWith(begin, 0, 0x28, 0xb5, 0x2f, 0xfd)
                || startsWith(begin, TAR_MAGIC, 'u', 's', 't', 'a', 'r');
    }

    /// Unpacks it by the same code, with the same care, as layers: nothing is ever written outside.
    ///
    /// @param in stays open
    /// @return a directory that is gone when `temp` is closed
    public static Path unpack(BufferedInputStream in, TempSpace temp) throws IOException {
        Snapshotter snapshots = new CopySnapshotter(temp.next("context"), warning -> {});
        ChainId id = new ChainId(new CacheText().add("context", "").digest());
        try (TarReader reader = new TarReader(Decompression.openArchive(new KeptOpen(in)))) {
            snapshots.unpack(Optional.empty(), id, reader);
        }
        try (SnapshotView view = snapshots.view(id)) {
            return view.root();
        }
    }

    private static boolean startsWith(byte[] bytes, int at, int... wanted) {
        if (bytes.length < at + wanted.length) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if ((bytes[at + i] & 0xff) != wanted[i]) {
                return false;
            }
        }
        return true;
    }

    private static final class KeptOpen extends FilterInputStream {
        KeptOpen(BufferedInputStream in) {
            super(in);
        }

        @Override
        public void close() {}
    }
}
