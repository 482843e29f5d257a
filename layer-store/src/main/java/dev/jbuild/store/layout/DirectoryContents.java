package dev.jbuild.store.layout;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.store.StagedBlobs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// An OCI image layout as a directory.
record DirectoryContents(StagedBlobs blobs, Path directory) implements ArchiveContents {
    @Override
    public Optional<byte[]> find(String name) throws IOException {
        try (InputStream in = open(directory.resolve(name), name)) {
            return Optional.of(ArchiveContents.readDocument(name, in));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public boolean fetch(Descriptor blob) throws IOException {
        Digest digest = blob.digest();
        if (blobs.size(digest).orElse(-1) == blob.size()) {
            return true;
        }
        Path file =
                directory
                        .resolve("blobs")
                        .resolve(digest.algorithm().token())
                        .resolve(digest.hex());
        try (InputStream in = open(file, "blob " + digest)) {
            // before it is read: it may be without end
            ArchiveContents.requireSize(blob, Files.size(file));
            BlobCopy.copy(in, blobs, digest);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /// Links are followed: some tools fill layouts with links to a cache. What they lead to has to
    /// be a file: opening a pipe might not come back.
    private static InputStream open(Path file, String name) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new InvalidArchiveException("'" + name + "' is not a regular file");
        }
        return Files.newInputStream(file);
    }
}
