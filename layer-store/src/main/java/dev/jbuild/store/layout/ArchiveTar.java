package dev.jbuild.store.layout;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.OciJson;
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
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The tar of an image archive: files and the directories above them.
final class ArchiveTar implements ArchiveSink {
    private static final Metadata FILE = new Metadata(0644, 0, 0, Instant.EPOCH);
    private static final Metadata DIRECTORY = new Metadata(0755, 0, 0, Instant.EPOCH);

    private final TarWriter tar;
    private final Set<EntryPath> directories = new HashSet<>(Set.of(EntryPath.ROOT));

    ArchiveTar(OutputStream out) {
        this.tar = new TarWriter(out);
    }

    @Override
    public void add(String name, byte[] content) throws IOException {
        add(name, content.length, new ByteArrayInputStream(content));
    }

    @Override
    public void addIndex(List<Descriptor> roots) throws IOException {
        add("index.json", OciJson.encode(ImageIndex.of(roots)).bytes());
    }

    @Override
    public void addBlob(BlobStore blobs, Descriptor blob) throws IOException {
        MessageDigest hash = blob.digest().algorithm().newHash();
        try (FileChannel channel = blobs.open(blob.digest());
                InputStream in = new DigestInputStream(Channels.newInputStream(channel), hash)) {
            add(ArchiveSink.blobName(blob), blob.size(), in);
        }
        Digest actual = Digest.finish(blob.digest().algorithm(), hash);
        if (!actual.equals(blob.digest())) {
            throw new DigestMismatchException(blob.digest(), actual);
        }
    }

    @Override
    public void finish() throws IOException {
        tar.finish();
    }

    private void add(String name, long size, InputStream content) throws IOException {
        EntryPath path = EntryPath.of(name);
        addParents(path);
        tar.add(new TarEntry.RegularFile(path, FILE, size), content);
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
