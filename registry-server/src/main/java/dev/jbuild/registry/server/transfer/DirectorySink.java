package dev.jbuild.registry.server.transfer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.registry.server.storage.StagedContent;
import dev.jbuild.registry.server.upkeep.Backup;
import dev.jbuild.store.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A layout as a directory. `index.json` comes last, so one that was ended early is none, and can
/// be gone on with.
record DirectorySink(Path directory) implements LayoutSink {
    private static final int BUFFER = 256 * 1024;
    private static final String PART = ".part";

    /// @throws TransferException if something else is there
    static DirectorySink open(Path directory) throws IOException {
        Backup.prepare(directory);
        requireFree(directory);
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            Files.createDirectories(directory.resolve(Layouts.BLOBS).resolve(algorithm.token()));
        }
        return new DirectorySink(directory);
    }

    private static void requireFree(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new TransferException(
                    "'"
                            + directory
                            + "' is a file; name a directory, or a file that ends with .tar");
        }
        try (Stream<Path> children = Files.list(directory)) {
            Set<String> names =
                    children.map(child -> child.getFileName().toString())
                            .collect(Collectors.toSet());
            if (!Set.of(Layouts.MARK, Layouts.BLOBS).containsAll(names)) {
                throw new TransferException(
                        "'" + directory + "' is not empty; export into a new directory");
            }
        }
    }

    @Override
    public void add(Digest digest, long size, FileChannel in) throws IOException {
        Path target = directory.resolve(Layouts.path(digest));
        if (Files.exists(target)) {
            return; // by an export that was ended early; it was complete when it got its name
        }
        Path part = target.resolveSibling(digest.hex() + PART);
        Files.deleteIfExists(part);
        try (StagedContent staged = StagedContent.at(part, digest, size)) {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
            while (in.read(buffer) >= 0) {
                staged.write(buffer.flip());
                buffer.clear();
            }
            staged.finish();
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    @Override
    public void finish(byte[] index) throws IOException {
        Path blobs = directory.resolve(Layouts.BLOBS);
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            DurableFiles.syncDirectory(blobs.resolve(algorithm.token()));
        }
        DurableFiles.syncDirectory(blobs);
        put(Layouts.MARK, Layouts.VERSION.getBytes(UTF_8));
        put(Layouts.INDEX, index);
    }

    private void put(String name, byte[] bytes) throws IOException {
        Path part = directory.resolve(Layouts.BLOBS).resolve(name + PART);
        Files.deleteIfExists(part);
        DurableFiles.replace(directory.resolve(name), part, bytes);
    }

    @Override
    public void close() {}
}
