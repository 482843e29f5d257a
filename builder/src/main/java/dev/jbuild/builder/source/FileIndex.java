package dev.jbuild.builder.source;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.overlay.FileState;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/// The content digests of files that were hashed before, in this run or an earlier one, so that an
/// unchanged file is not read again. A file counts as unchanged if its inode, size, mtime and ctime
/// are; one changed within the last two seconds is never remembered, since it could change again
/// within the same tick. Safe for use by several threads; of two processes that save at once, one
/// wins.
public final class FileIndex implements Contents {
    private static final int VERSION = 5;
    private static final long RACY_NANOS = 2_000_000_000L;

    /// A sha256 in 32 bytes, where a [Digest] has 64 characters: there are as many as files.
    record Hash(long first, long second, long third, long fourth) {
        private static final HexFormat HEX = HexFormat.of();

        static Hash of(Digest digest) {
            String hex = digest.hex();
            return new Hash(
                    HexFormat.fromHexDigitsToLong(hex, 0, 16),
                    HexFormat.fromHexDigitsToLong(hex, 16, 32),
                    HexFormat.fromHexDigitsToLong(hex, 32, 48),
                    HexFormat.fromHexDigitsToLong(hex, 48, 64));
        }

        Digest digest() {
            return new Digest(
                    DigestAlgorithm.SHA256,
                    HEX.toHexDigits(first)
                            + HEX.toHexDigits(second)
                            + HEX.toHexDigits(third)
                            + HEX.toHexDigits(fourth));
        }
    }

    /// Before each entry; its opposite after the last.
    private static final boolean MORE = true;

    private final Path file;
    private final Path temporary;
    private final Map<FileState, Hash> before;
    private final Map<FileState, Hash> now = new ConcurrentHashMap<>();
    private volatile boolean changed;

    private FileIndex(Path file, Path temporary, Map<FileState, Hash> before) {
        this.file = file;
        this.temporary = temporary;
        this.before = before;
    }

    /// An index that remembers nothing beyond this run.
    public static FileIndex empty() {
        return new FileIndex(Path.of("/dev/null"), Path.of("/dev/null"), Map.of());
    }

    /// Reads the index; a damaged or foreign one counts as empty, because all of it can be made
    /// again.
    ///
    /// @param temporary a directory on the same file system for what is being written; whoever owns
    ///     it sweeps what a killed process left there
    public static FileIndex open(Path file, Path temporary) throws IOException {
        Map<FileState, Hash> known = new ConcurrentHashMap<>();
        CRC32 crc = new CRC32();
        try (DataInputStream in =
                new DataInputStream(
                        new CheckedInputStream(
                                new BufferedInputStream(Files.newInputStream(file)), crc))) {
            if (in.readInt() == VERSION) {
                while (in.readBoolean() == MORE) {
                    FileState state =
                            new FileState(
                                    in.readLong(),
                                    in.readLong(),
                                    in.readLong(),
                                    in.readLong(),
                                    in.readLong());
                    known.put(
                            state,
                            new Hash(in.readLong(), in.readLong(), in.readLong(), in.readLong()));
                }
                if (crc.getValue() != in.readLong()) {
                    known.clear();
                }
            }
        } catch (NoSuchFileException e) {
            return new FileIndex(file, temporary, known);
        } catch (IOException e) {
            known.clear();
        }
        return new FileIndex(file, temporary, known);
    }

    @Override
    public Future<Digest> digest(FileState state, Finding finding) throws InterruptedIOException {
        Hash known = now.get(state);
        if (known == null) {
            known = before.get(state);
        }
        if (known != null) {
            now.put(state, known);
            return CompletableFuture.completedFuture(known.digest());
        }
        Instant begun = Instant.now();
        return FileHash.beside(() -> find(state, finding, begun));
    }

    /// Whether the digest of a file in that state is known.
    boolean knows(FileState state) {
        return now.containsKey(state) || before.containsKey(state);
    }

    private Digest find(FileState state, Finding finding, Instant begun) throws IOException {
        Digest digest = finding.find();
        learn(state, Hash.of(digest), begun);
        return digest;
    }

    /// Takes what was found out about a file.
    ///
    /// @param begun before it was looked at: one changed shortly before that may have changed
    ///     again, within the same tick of the clock, while it was read
    void learn(FileState state, Hash hash, Instant begun) {
        boolean old = nanos(begun) - Math.max(state.mtime(), state.ctime()) > RACY_NANOS;
        if (old) {
            now.put(state, hash);
            changed = true;
        }
    }

    /// Writes what was learnt, if anything was. What was not asked for in this run is forgotten
    /// then.
    public void save() throws IOException {
        if (!changed) {
            return;
        }
        Files.createDirectories(file.getParent());
        Path temp = Files.createTempFile(temporary, "index", null);
        CRC32 crc = new CRC32();
        try {
            try (DataOutputStream out =
                    new DataOutputStream(
                            new BufferedOutputStream(
                                    new CheckedOutputStream(Files.newOutputStream(temp), crc)))) {
                out.writeInt(VERSION);
                for (Map.Entry<FileState, Hash> entry : now.entrySet()) {
                    out.writeBoolean(MORE);
                    write(out, entry.getKey(), entry.getValue());
                }
                out.writeBoolean(!MORE);
                out.flush();
                out.writeLong(crc.getValue());
            }
            Files.move(temp, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temp);
        }
    }

    private static void write(DataOutputStream out, FileState state, Hash hash) throws IOException {
        out.writeLong(state.device());
        out.writeLong(state.inode());
        out.writeLong(state.size());
        out.writeLong(state.mtime());
        out.writeLong(state.ctime());
        out.writeLong(hash.first());
        out.writeLong(hash.second());
        out.writeLong(hash.third());
        out.writeLong(hash.fourth());
    }

    private static long nanos(Instant time) {
        return time.getEpochSecond() * 1_000_000_000L + time.getNano();
    }
}
