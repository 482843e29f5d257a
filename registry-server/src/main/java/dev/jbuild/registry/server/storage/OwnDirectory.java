package dev.jbuild.registry.server.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/// Directories of content, which may be private, whoever may look into the root.
public final class OwnDirectory {
    private static final FileAttribute<?> OWN =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private OwnDirectory() {}

    /// Makes a directory, and those above it, for its owner alone, where they are missing. One that
    /// is there stays as its operator has it.
    public static Path make(Path directory) throws IOException {
        return Files.createDirectories(directory, OWN);
    }

    /// As [#make] for the directory itself; those above it are made as the system makes them.
    public static void makeRoot(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            Path parent = directory.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.createDirectory(directory, OWN);
        }
    }
}
