package dev.jbuild.store.layout;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.InvalidDigestException;
import dev.jbuild.store.DigestMismatchException;
import dev.jbuild.store.FileTrees;
import dev.jbuild.store.StagedBlobs;
import dev.jbuild.store.TempSpace;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.Decompression;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.InvalidTarException;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.TarReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An archive as a tar, read in one pass: blobs are staged, everything else goes into temporary
/// files, whose names have nothing to do with those in the archive.
final class TarContents implements ArchiveContents, AutoCloseable {
    private static final String BLOBS = "blobs/";
    private static final int MAX_LINKS = 10;

    private final StagedBlobs blobs;
    private final Path directory;
    private final Map<String, Path> files = new HashMap<>();
    private final Map<String, String> links = new HashMap<>();

    private TarContents(StagedBlobs blobs, Path directory) {
        this.blobs = blobs;
        this.directory = directory;
    }

    /// @param temp where to put what is no blob
    /// @param blobs where to put the others
    static TarContents read(TempSpace temp, StagedBlobs blobs, InputStream in, String source)
            throws IOException {
        TarContents contents = new TarContents(blobs, Files.createDirectory(temp.next("load")));
        try (InputStream uncompressed = Decompression.openArchive(in);
                TarReader tar = new TarReader(uncompressed)) {
            contents.readAll(tar);
            return contents;
        } catch (InvalidDigestException e) {
            contents.close();
            throw new InvalidArchiveException(source + ": " + e.getMessage(), e);
        } catch (IOException e) {
            contents.close();
            throw InvalidArchiveException.isMeant(e)
                    ? new InvalidArchiveException(source + ": " + e.getMessage(), e)
                    : e;
        } catch (RuntimeException e) {
            contents.close();
            throw e;
        }
    }

    @Override
    public Optional<byte[]> find(String name) throws IOException {
        Optional<InputStream> found = open(name);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = found.get()) {
            return Optional.of(ArchiveContents.readDocument(name, in));
        }
    }

    @Override
    public boolean fetch(Descriptor blob) throws IOException {
        return blobs.size(blob.digest()).isPresent();
    }

    /// Opens a file, links followed; empty if there is none of that name.
    Optional<InputStream> open(String name) throws IOException {
        String resolved = name;
        for (int i = 0; links.containsKey(resolved); i++) {
            if (i == MAX_LINKS) {
                throw new InvalidArchiveException(
                        "'" + name + "' is a link that leads in a circle");
            }
            resolved = links.getOrDefault(resolved, resolved);
        }
        Path file = files.get(resolved);
        if (file != null) {
            return Optional.of(Files.newInputStream(file));
        }
        Optional<Digest> blob = blobNamed(resolved);
        return blob.isPresent() && blobs.size(blob.get()).isPresent()
                ? Optional.of(Channels.newInputStream(blobs.open(blob.get())))
                : Optional.empty();
    }

    @Override
    public void close() throws IOException {
        FileTrees.delete(directory);
    }

    private void readAll(TarReader tar) throws IOException {
        for (Optional<TarEntry> entry = tar.next(); entry.isPresent(); entry = tar.next()) {
            String name = entry.get().path().toString();
            switch (entry.get()) {
                case TarEntry.RegularFile _ -> readFile(name, tar.content());
                case TarEntry.Symlink link -> links.put(name, target(link));
                case TarEntry.HardLink link -> links.put(name, link.target().toString());
                case TarEntry.Directory _ -> {}
                case TarEntry.Device _, TarEntry.Fifo _ ->
                        throw new InvalidArchiveException(
                                "'" + name + "' is a device, which no image archive has");
            }
        }
        if (!tar.hasEndMark()) {
            throw new InvalidTarException(
                    "invalid tar: it ends without the end mark; it was cut off, or is no tar");
        }
    }

    private void readFile(String name, InputStream content) throws IOException {
        Optional<Digest> blob = blobNamed(name);
        if (blob.isEmpty()) {
            Path file = directory.resolve(Integer.toString(files.size()));
            Files.copy(content, file);
            files.put(name, file);
            return;
        }
        try {
            BlobCopy.copy(content, blobs, blob.get());
        } catch (DigestMismatchException e) {
            throw new InvalidArchiveException("'" + name + "': " + e.getMessage(), e);
        }
    }

    /// @throws InvalidDigestException if the name is one of a blob, but no digest
    private static Optional<Digest> blobNamed(String name) {
        int slash = name.lastIndexOf('/');
        if (!name.startsWith(BLOBS) || slash < BLOBS.length()) {
            return Optional.empty();
        }
        return Optional.of(
                Digest.parse(
                        name.substring(BLOBS.length(), slash) + ":" + name.substring(slash + 1)));
    }

    /// Within the archive: docker used to write `../<layer>/layer.tar`.
    private static String target(TarEntry.Symlink link) throws InvalidArchiveException {
        Deque<String> components = new ArrayDeque<>();
        link.path()
                .parent()
                .filter(parent -> !parent.isRoot())
                .map(EntryPath::toString)
                .ifPresent(parent -> components.addAll(List.of(parent.split("/", -1))));
        ByteString target = link.target();
        for (String component : target.toString().split("/", -1)) {
            if (component.equals("..")) {
                if (components.pollLast() == null) {
                    throw new InvalidArchiveException(
                            "'" + link.path() + "' is a link that leads out of the archive");
                }
            } else if (!component.isEmpty() && !component.equals(".")) {
                components.addLast(component);
            }
        }
        return String.join("/", components);
    }
}
