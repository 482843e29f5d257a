package dev.jbuild.builder.source;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The content digests of files that were hashed before, so that an unchanged file is not read
/// again. A file counts as unchanged if its inode, size, mtime and ctime are; one changed within
/// the last two seconds is never remembered, since it could change again within the same tick. Safe
/// for use by several threads; of two processes that save at once, one wins.
public final class FileIndex {
    private static final int VERSION = 2;
    private static final long RACY_NANOS = 2_000_000_000L;

    /// What tells a file's state without reading it.
    ///
    /// @param mtime nanoseconds since 1970, as for ctime
    public record Stat(long device, long inode, long size, long mtime, long ctime) {}

    private record Known(Stat stat, Digest digest) {}

    private final Path file;
    private final Path temporary;
    private final Map<String, Known> before;
    private final Map<String, Known> now = new ConcurrentHashMap<>();
    private volatile boolean changed;

    private FileIndex(Path file, Path temporary, Map<String, Known> before) {
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
        Map<String, Known> known = new ConcurrentHashMap<>();
        try (DataInputStream in =
                new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            if (in.readInt() == VERSION) {
                for (int left = in.readInt(); left > 0; left--) {
                    String path = in.readUTF();
                    Stat stat =
                            new Stat(
                                    in.readLong(),
                                    in.readLong(),
                                    in.readLong(),
                                    in.readLong(),
                                    in.readLong());
                    known.put(
                            path,
                            new Known(stat, new Digest(DigestAlgorithm.SHA256, in.readUTF())));
                }
            }
        } catch (NoSuchFileException e) {
            return new FileIndex(file, temporary, known);
        } catch (IOException | IllegalArgumentException e) {
            known.clear();
        }
        return new FileIndex(file, temporary, known);
    }

    /// Finds something out about a file, at the cost of reading it.
    @FunctionalInterface
    interface Finding {
        Digest find() throws IOException;
    }

    /// The digest of a file's content, from memory if the file is unchanged.
    ///
    /// @param key what the file is remembered by, such as its path in the context
    public Digest digest(String key, Path path, Stat stat) throws IOException {
        return digest(key, stat, () -> hash(path));
    }

    /// The digest of anything about a file whose change changes its state.
    ///
    /// @param key what it is remembered by
    /// @param finding asked unless the file is unchanged
    Digest digest(String key, Stat stat, Finding finding) throws IOException {
        Optional<Known> known =
                Optional.ofNullable(before.get(key)).filter(entry -> entry.stat().equals(stat));
        if (known.isPresent()) {
            now.put(key, known.get());
            return known.get().digest();
        }
        Digest digest = finding.find();
        if (nanos(Instant.now()) - Math.max(stat.mtime(), stat.ctime()) > RACY_NANOS) {
            now.put(key, new Known(stat, digest));
            changed = true;
        }
        return digest;
    }

    /// Writes what was learnt, if anything was. What was not asked for in this run is forgotten
    /// then.
    public void save() throws IOException {
        if (!changed) {
            return;
        }
        Files.createDirectories(file.getParent());
        Path temp = Files.createTempFile(temporary, "index", null);
        try {
            try (DataOutputStream out =
                    new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(temp)))) {
                Map<String, Known> all = Map.copyOf(now);
                out.writeInt(VERSION);
                out.writeInt(all.size());
                for (Map.Entry<String, Known> entry : all.entrySet()) {
                    write(out, entry.getKey(), entry.getValue());
                }
            }
            Files.move(temp, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temp);
        }
    }

    private static void write(DataOutputStream out, String key, Known known) throws IOException {
        out.writeUTF(key);
        out.writeLong(known.stat().device());
        out.writeLong(known.stat().inode());
        out.writeLong(known.stat().size());
        out.writeLong(known.stat().mtime());
        out.writeLong(known.stat().ctime());
        out.writeUTF(known.digest().hex());
    }

    static Digest hash(Path path) throws IOException {
        MessageDigest hash = DigestAlgorithm.SHA256.newHash();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        try (FileChannel in = FileChannel.open(path)) {
            while (in.read(buffer) >= 0) {
                buffer.flip();
                hash.update(buffer);
                buffer.clear();
            }
        }
        return Digest.finish(DigestAlgorithm.SHA256, hash);
    }

    static long nanos(Instant time) {
        return time.getEpochSecond() * 1_000_000_000L + time.getNano();
    }
}
