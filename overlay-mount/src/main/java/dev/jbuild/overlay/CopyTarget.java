package dev.jbuild.overlay;

import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import java.io.IOException;

/// A root file system that COPY copies into.
///
/// Kept are content, mode, mtime to the nanosecond, symlinks as they are, hard links among what one
/// request copies, and extended attributes of a layer, file capabilities included. Directories are
/// merged: one that the target has keeps its metadata if it is the request's target, and else
/// takes the source's. A file or symlink replaces another one; a directory where a file is, and a
/// file where a directory is, are errors.
public sealed interface CopyTarget permits LayerCopier, TreeCopier {

    /// Resolves a path and the symlinks on it, that at its end too; none leads out of the root.
    /// What doesn't exist is kept as it is.
    ///
    /// @param path such as `/usr/../lib/x`, with or without the slash
    EntryPath resolve(String path) throws IOException;

    /// @param path resolved
    boolean isDirectory(EntryPath path);

    /// Copies, and makes parent directories that are missing, 0755.
    ///
    /// @throws java.nio.file.NoSuchFileException if the source doesn't exist
    void copy(CopyRequest request) throws IOException;

    /// Makes a file of a text, and parent directories that are missing, 0755.
    ///
    /// @param path resolved
    /// @param metadata its mtime is of no meaning: the file's is that of the step
    void write(EntryPath path, byte[] content, Metadata metadata) throws IOException;

    /// Makes a directory, such as WORKDIR's, and those above it, if it isn't there.
    ///
    /// @param metadata of each that is made; its mtime is of no meaning
    void makeDirectories(EntryPath path, Metadata metadata) throws IOException;
}
