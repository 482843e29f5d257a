package dev.jbuild.registry.server.access;

import dev.jbuild.oci.Json;
import dev.jbuild.registry.server.storage.Actor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Who did what: a line of JSON each, appended to a file. If the file is moved away, a new one is
/// begun. What a full disk cut off is taken back, and a line never goes on where another broke off.
/// Never has a password, a token or a query. Safe for use by several threads.
public final class AuditLog implements AutoCloseable {
    private final Path file;
    private final InstantSource clock;
    private final Consumer<Exception> failures;
    private @Nullable FileChannel open;
    private @Nullable Object openKey;

    /// The file ends with a line that broke off.
    private boolean broken;

    /// @param failures told if a line can't be written; what it would have told goes on
    public AuditLog(Path file, InstantSource clock, Consumer<Exception> failures)
            throws IOException {
        this.file = file;
        this.clock = clock;
        this.failures = failures;
        this.open = open();
        this.openKey = key().orElse(null);
    }

    /// @param subject what it was done to: `repository@digest`, `repository:tag`, or a user
    void record(String action, String subject, Principal principal, String address, int status) {
        write(
                line(action, subject, principal.toString())
                        .put("address", address)
                        .put("status", status));
    }

    /// A login that was refused.
    ///
    /// @param tried the user whose password was wrong
    void refused(String subject, Optional<String> tried, String address, int status) {
        Json.ObjectWriter line =
                line("login", subject, Principal.ANONYMOUS.toString())
                        .put("address", address)
                        .put("status", status);
        tried.ifPresent(user -> line.put("tried", user));
        write(line);
    }

    /// What the registry did by itself.
    ///
    /// @param why which rule made it do so
    public void recordOwn(String action, String subject, String why) {
        write(line(action, subject, Actor.UPKEEP).put("why", why));
    }

    private Json.ObjectWriter line(String action, String subject, String principal) {
        return Json.object()
                .put("time", clock.instant().toString())
                .put("action", action)
                .put("subject", subject)
                .put("principal", principal);
    }

    private void write(Json.ObjectWriter object) {
        byte[] line = object.build().encode();
        ByteBuffer bytes = ByteBuffer.allocate(line.length + 1).put(line).put((byte) '\n').flip();
        write(bytes);
    }

    private synchronized void write(ByteBuffer bytes) {
        try {
            FileChannel out = open;
            if (out == null || !key().equals(Optional.ofNullable(openKey))) {
                if (out != null) {
                    out.close();
                }
                out = open();
                open = out;
                openKey = key().orElse(null);
            }
            append(out, bytes);
        } catch (IOException e) {
            failures.accept(new IOException("the audit log can't be written", e));
        }
    }

    private void append(FileChannel out, ByteBuffer line) throws IOException {
        ByteBuffer bytes = line;
        if (broken) {
            bytes = ByteBuffer.allocate(line.remaining() + 1).put((byte) '\n').put(line).flip();
        }
        long before = out.size();
        try {
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            broken = false;
        } catch (IOException e) {
            try {
                out.truncate(before);
            } catch (IOException also) {
                broken = true;
                e.addSuppressed(also);
            }
            throw e;
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (open != null) {
            open.close();
        }
    }

    /// What tells the file that has the name now from the one that had it.
    private Optional<Object> key() {
        try {
            return Optional.ofNullable(
                    Files.readAttributes(file, BasicFileAttributes.class).fileKey());
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private FileChannel open() throws IOException {
        FileChannel out =
                FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-r-----")));
        try {
            broken = endsWithinALine();
            return out;
        } catch (IOException e) {
            out.close();
            throw e;
        }
    }

    private boolean endsWithinALine() throws IOException {
        if (!Files.isRegularFile(file)) {
            return false; // such as a pipe
        }
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            long size = in.size();
            return size > 0 && in.read(last, size - 1) == 1 && last.get(0) != '\n';
        }
    }
}
