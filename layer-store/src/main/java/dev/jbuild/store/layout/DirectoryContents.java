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
        try (InputStream in = Files.newInputStream(directory.resolve(name))) {
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
        try (InputStream in = Files.newInputStream(file)) {
            BlobCopy.copy(in, blobs, digest);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }
}
