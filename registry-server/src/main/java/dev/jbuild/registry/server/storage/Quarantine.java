package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.InvalidDigestException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Content put aside before it is removed for good: files named `sha256-44136fa3…`, and damaged
/// ones, named `damaged-sha256-44136fa3…`, which only an operator removes.
public final class Quarantine {
    private static final String DAMAGED = "damaged-";

    private final Path directory;
    private final DirectorySync sync;

    Quarantine(Path directory) throws IOException {
        this.directory = OwnDirectory.make(directory);
        this.sync = new DirectorySync(directory);
    }

    /// Where content is, if it was put aside.
    public Path path(Digest digest) {
        return directory.resolve(digest.algorithm().token() + "-" + digest.hex());
    }

    /// No error if the file isn't there.
    void take(Path file, Digest digest) throws IOException {
        move(file, path(digest));
    }

    /// Puts a file aside whose content isn't what its name says.
    public void takeDamaged(Path file, Digest digest) throws IOException {
        move(file, directory.resolve(DAMAGED + path(digest).getFileName()));
        sync();
    }

    /// No error if it isn't there.
    public void discard(Digest digest) throws IOException {
        Files.deleteIfExists(path(digest));
    }

    /// What was put aside, but for what is damaged.
    public List<Digest> list() throws IOException {
        List<Digest> all = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                digest(file.getFileName().toString()).ifPresent(all::add);
            }
        }
        return all;
    }

    void sync() throws IOException {
        sync.sync();
    }

    private static Optional<Digest> digest(String fileName) {
        try {
            return Optional.of(Digest.parse(fileName.replaceFirst("-", ":")));
        } catch (InvalidDigestException _) {
            return Optional.empty(); // a damaged one, or nothing of ours
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            if (!from.toString().equals(e.getFile())) {
                throw e;
            }
        }
    }
}
