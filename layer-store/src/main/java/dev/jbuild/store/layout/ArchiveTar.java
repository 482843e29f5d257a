package dev.jbuild.store.layout;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.DigestMismatchException;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

/// The tar of an image archive: files and the directories above them.
final class ArchiveTar {
    private static final Metadata FILE = new Metadata(0644, 0, 0, Instant.EPOCH);
    private static final Metadata DIRECTORY = new Metadata(0755, 0, 0, Instant.EPOCH);

    private final TarWriter tar;
    private final Set<EntryPath> directories = new HashSet<>(Set.of(EntryPath.ROOT));

    ArchiveTar(OutputStream out) {
        this.tar = new TarWriter(out);
    }

    /// What a name stands for.
    static Descriptor require(Store store, ImageReference name) throws IOException {
        return store.images()
                .find(name)
                .orElseThrow(
                        () ->
                                new NoSuchFileException(
                                        name.familiar(),
                                        null,
                                        "no image of that name in the store '"
                                                + store.root()
                                                + "' (jbuild images lists them)"));
    }

    void add(String name, byte[] content) throws IOException {
        add(name, content.length, new ByteArrayInputStream(content));
    }

    void add(String name, long size, InputStream content) throws IOException {
        EntryPath path = EntryPath.of(name);
        addParents(path);
        tar.add(new TarEntry.RegularFile(path, FILE, size), content);
    }

    /// Adds a blob, verified while it is copied.
    void addBlob(String name, BlobStore blobs, Descriptor blob) throws IOException {
        MessageDigest hash = blob.digest().algorithm().newHash();
        try (FileChannel channel = blobs.open(blob.digest());
                InputStream in = new DigestInputStream(Channels.newInputStream(channel), hash)) {
            add(name, blob.size(), in);
        }
        Digest actual = Digest.finish(blob.digest().algorithm(), hash);
        if (!actual.equals(blob.digest())) {
            throw new DigestMismatchException(blob.digest(), actual);
        }
    }

    void finish() throws IOException {
        tar.finish();
    }

    private void addParents(EntryPath path) throws IOException {
        EntryPath parent = path.parent().orElseThrow();
        if (!directories.contains(parent)) {
            addParents(parent);
            directories.add(parent);
            tar.add(new TarEntry.Directory(parent, DIRECTORY));
        }
    }
}
