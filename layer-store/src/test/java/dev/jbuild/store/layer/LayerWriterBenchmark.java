package dev.jbuild.store.layer;

import dev.jbuild.store.DirectoryBlobStore;
import dev.jbuild.store.FileTrees;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// How fast a tar becomes a layer: `LayerWriterBenchmark TAR gzip|zstd|none LEVEL ROUNDS`, run by
/// `bench/layers`. Prints a line a round: MB of tar per second, and compressed / tar.
final class LayerWriterBenchmark {
    private LayerWriterBenchmark() {}

    public static void main(String[] args) throws IOException {
        Path tar = Path.of(args[0]);
        LayerOptions options =
                LayerOptions.of(LayerEncoding.parse(args[1])).withLevel(Integer.parseInt(args[2]));
        PrintStream out =
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        Path root = Files.createTempDirectory(tar.toAbsolutePath().resolveSibling(""), "bench");
        try (DirectoryBlobStore blobs = new DirectoryBlobStore(root)) {
            for (int round = 0; round < Integer.parseInt(args[3]); round++) {
                long start = System.nanoTime();
                Layer layer = write(blobs, options, tar);
                double seconds = (System.nanoTime() - start) / 1e9;
                out.printf(
                        Locale.ROOT,
                        "%s %s: %.2f s, %.1f MB/s, ratio %.4f%n",
                        args[1],
                        args[2],
                        seconds,
                        Files.size(tar) / 1e6 / seconds,
                        (double) layer.descriptor().size() / layer.uncompressedSize());
                blobs.delete(layer.descriptor().digest());
            }
        } finally {
            FileTrees.delete(root);
        }
    }

    private static Layer write(DirectoryBlobStore blobs, LayerOptions options, Path tar)
            throws IOException {
        try (InputStream in = Files.newInputStream(tar);
                TarReader reader = new TarReader(in);
                LayerWriter writer = LayerWriter.open(blobs, options)) {
            LayerCopy.copy(reader, writer);
            return writer.commit();
        }
    }
}
