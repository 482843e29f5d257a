package dev.jbuild.builder.solve;

import dev.jbuild.overlay.CopySnapshotter;
import dev.jbuild.overlay.Snapshotter;
import dev.jbuild.store.TempSpace;
import dev.jbuild.store.layer.Decompression;
import dev.jbuild.store.layer.TarReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/// Unpacks what ADD unpacks: tars, plain or compressed by gzip, bzip2, xz or zstd, by what they
/// begin with, whatever they are called.
final class Archives {
    private static final int BLOCK = 512;
    private static final int CHECKSUM = 148;
    private static final int CHECKSUM_LENGTH = 8;

    private final Supplier<Snapshotter> snapshots;

    /// @param temp where archives are unpacked: nothing of them outlives the build, or, if it is
    ///     killed, the next one
    Archives(TempSpace temp) {
        this.snapshots = Once.of(() -> new CopySnapshotter(temp.next("archives"), warning -> {}));
    }

    /// Whether the file begins as a tar does: with a header whose checksum is right.
    static boolean isArchive(Path file) throws IOException {
        if (Files.size(file) == 0) {
            return false;
        }
        byte[] header;
        try (InputStream in = open(file)) {
            header = in.readNBytes(BLOCK);
        } catch (IOException e) {
            // It begins like a compressed file, but is none: an ordinary file that is copied as it
            // is.
            return false;
        }
        return header.length == BLOCK
                && header[0] != 0
                && checksum(header) == storedChecksum(header);
    }

    /// The content of an archive as a directory, unpacked by the same code, with the same care, as
    /// layers are. The caller closes it.
    FilesView unpack(Path file) throws IOException {
        try (TarReader reader = new TarReader(open(file))) {
            return FilesView.of(snapshots.get().unpackAside(reader));
        }
    }

    private static InputStream open(Path file) throws IOException {
        return Decompression.openArchive(new BufferedInputStream(Files.newInputStream(file)));
    }

    private static int checksum(byte[] header) {
        int sum = 0;
        for (int i = 0; i < header.length; i++) {
            boolean inField = i >= CHECKSUM && i < CHECKSUM + CHECKSUM_LENGTH;
            sum += inField ? ' ' : header[i] & 0xff;
        }
        return sum;
    }

    /// The octal number in the header, or -1 if there is none.
    private static int storedChecksum(byte[] header) {
        int value = -1;
        for (int i = CHECKSUM; i < CHECKSUM + CHECKSUM_LENGTH; i++) {
            int digit = header[i] - '0';
            if (digit >= 0 && digit <= 7) {
                value = Math.max(value, 0) * 8 + digit;
            } else if (value >= 0) {
                return value;
            }
        }
        return value;
    }
}
