package dev.jbuild.builder.source;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
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
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;

/// The content digests of files that were hashed before, in this run or an earlier one, so that an
/// unchanged file is not read again. A file counts as unchanged if its inode, size, mtime and ctime
/// are; one changed within the last two seconds is never remembered, since it could change again
/// within the same tick. Safe for use by several threads; of two processes that save at once, one
/// wins.
public final class FileIndex {
    private static final int VERSION = 3;
    private static final long RACY_NANOS = 2_000_000_000L;

    private record Known(ContextEntry.State state, Digest digest) {}

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
                    ContextEntry.State state =
                            new ContextEntry.State(
                                    in.readLong(),
                                    in.readLong(),
                                    in.readLong(),
                                    in.readLong(),
                                    in.readLong());
                    known.put(
                            path,
                            new Known(state, new Digest(DigestAlgorithm.SHA256, in.readUTF())));
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

    /// The digest of anything about a file whose change changes its state, found out by another
    /// thread unless it is known.
    ///
    /// @param key what it is remembered by
    /// @param finding asked unless the file is unchanged
    Future<Digest> digest(String key, ContextEntry.State state, Finding finding)
            throws InterruptedIOException {
        Known known = now.get(key);
        if (known == null || !known.state().equals(state)) {
            known = before.get(key);
        }
        if (known != null && known.state().equals(state)) {
            now.put(key, known);
            return CompletableFuture.completedFuture(known.digest());
        }
        return FileHash.beside(() -> find(key, state, finding));
    }

    private Digest find(String key, ContextEntry.State state, Finding finding) throws IOException {
        Digest digest = finding.find();
        if (nanos(Instant.now()) - Math.max(state.mtime(), state.ctime()) > RACY_NANOS) {
            now.put(key, new Known(state, digest));
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
        out.writeLong(known.state().device());
        out.writeLong(known.state().inode());
        out.writeLong(known.state().size());
        out.writeLong(known.state().mtime());
        out.writeLong(known.state().ctime());
        out.writeUTF(known.digest().hex());
    }

    private static long nanos(Instant time) {
        return time.getEpochSecond() * 1_000_000_000L + time.getNano();
    }
}
