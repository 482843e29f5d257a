package dev.jbuild.store.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.BlobWriter;
import dev.jbuild.store.DirectoryBlobStore;
import dev.jbuild.store.GrowingBlob;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// image-spec 1.1, layer.md.
class LayerWriterTest {
    private static final Metadata PLAIN = new Metadata(0644, 0, 0, Instant.ofEpochSecond(1000));

    @TempDir Path root;
    private DirectoryBlobStore blobs;

    @BeforeEach
    void open() throws IOException {
        blobs = new DirectoryBlobStore(root);
    }

    @AfterEach
    void close() throws IOException {
        blobs.close();
    }

    @Test
    void diff_id_is_the_hash_of_what_the_tar_writer_writes() throws IOException {
        byte[] content = text(3_000_000, 1);
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(tar);
        writer.add(file("big", content), new ByteArrayInputStream(content));
        writer.finish();
        Layer layer = write(LayerOptions.DEFAULT, content);
        assertEquals(new DiffId(Digest.sha256(tar.toByteArray())), layer.diffId());
        assertEquals(tar.size(), layer.uncompressedSize());
        assertEquals(MediaType.OCI_LAYER_GZIP, layer.descriptor().mediaType());
        assertEquals(
                OptionalLong.of(layer.descriptor().size()),
                blobs.size(layer.descriptor().digest()));
    }

    @Test
    void content_is_hashed_by_itself_too_where_that_is_asked_for() throws IOException {
        List<byte[]> contents = new ArrayList<>();
        List<Digest> told = new CopyOnWriteArrayList<>();
        try (LayerWriter asked = LayerWriter.open(blobs, LayerOptions.DEFAULT);
                LayerWriter plain = LayerWriter.open(blobs, LayerOptions.DEFAULT)) {
            int[] sizes = {1, 511, 512, 100_000, Block.SIZE - 1536, Block.SIZE, 2_500_000, 0, 3};
            for (int size : sizes) {
                byte[] content = text(size, size);
                TarEntry.RegularFile file = file("f" + contents.size(), content);
                contents.add(content);
                asked.add(file, new ByteArrayInputStream(content), told::add);
                asked.add(file("g" + contents.size(), content), new ByteArrayInputStream(content));
                plain.add(file, new ByteArrayInputStream(content));
                plain.add(file("g" + contents.size(), content), new ByteArrayInputStream(content));
            }
            assertEquals(plain.end(), asked.end());
        }
        assertEquals(
                contents.stream().map(Digest::sha256).sorted().toList(),
                told.stream().sorted().toList());
    }

    @ParameterizedTest
    @ValueSource(
            ints = {0, 1, Block.SIZE - 1536, Block.SIZE - 1535, Block.SIZE, 3 * Block.SIZE + 77})
    void gzip_is_one_member_that_the_jdk_reads(int size) throws IOException {
        byte[] content = text(size, size);
        Layer layer = write(LayerOptions.DEFAULT, content);
        try (InputStream in =
                new GZIPInputStream(
                        Channels.newInputStream(blobs.open(layer.descriptor().digest())))) {
            assertEquals(layer.diffId(), new DiffId(Digest.sha256(in.readAllBytes())));
        }
    }

    @ParameterizedTest
    @EnumSource(LayerEncoding.class)
    void digest_does_not_depend_on_the_number_of_threads(LayerEncoding encoding)
            throws IOException {
        requireLibrary(encoding);
        byte[] content = text(3_500_000, 2);
        List<Layer> layers = new ArrayList<>();
        for (int threads : new int[] {1, 2, 5}) {
            try (ExecutorService compressors = Executors.newFixedThreadPool(threads);
                    LayerWriter writer =
                            LayerWriter.open(
                                    blobs,
                                    LayerOptions.of(encoding),
                                    Optional.empty(),
                                    compressors,
                                    threads)) {
                writer.add(file("f", content), new ByteArrayInputStream(content));
                layers.add(writer.commit());
            }
        }
        assertEquals(1, layers.stream().distinct().count());
    }

    @Test
    void a_tar_that_may_wait_is_hashed_before_it_is_compressed() throws Exception {
        byte[] content = text(20_000_000, 8);
        Layer direct;
        try (LayerWriter writer = LayerWriter.open(blobs, LayerOptions.DEFAULT)) {
            writer.add(file("f", content), new ByteArrayInputStream(content));
            direct = writer.commit();
        }
        blobs.delete(direct.descriptor().digest());
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService compressors = busyUntil(go);
                LayerWriter writer = waitingWriter(compressors)) {
            try {
                writer.add(file("f", content), new ByteArrayInputStream(content));
                assertEquals(direct.diffId(), writer.end());
            } finally {
                go.countDown();
            }
            assertEquals(direct, writer.commit());
        }
    }

    @Test
    void a_waiting_tar_that_is_given_up_leaves_nothing() throws IOException {
        byte[] content = text(20_000_000, 9);
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService compressors = busyUntil(go);
                LayerWriter writer = waitingWriter(compressors)) {
            try {
                writer.add(file("f", content), new ByteArrayInputStream(content));
            } finally {
                go.countDown();
            }
        }
        assertNothingLeft();
    }

    private LayerWriter waitingWriter(ExecutorService compressors) throws IOException {
        return LayerWriter.open(
                blobs, LayerOptions.DEFAULT, Optional.of(blobs.temp()), compressors, 1);
    }

    private static ExecutorService busyUntil(CountDownLatch go) {
        ExecutorService compressors = Executors.newSingleThreadExecutor();
        compressors.execute(
                () -> {
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        return compressors;
    }

    @ParameterizedTest
    @EnumSource(LayerEncoding.class)
    void what_was_written_is_read_back(LayerEncoding encoding) throws IOException {
        requireLibrary(encoding);
        List<RandomEntries.Item> items = RandomEntries.of(new Random(42), 300);
        Layer layer;
        try (LayerWriter writer = LayerWriter.open(blobs, LayerOptions.of(encoding))) {
            for (RandomEntries.Item item : items) {
                item.addTo(writer);
            }
            layer = writer.commit();
        }
        try (LayerReader reader = LayerReader.open(blobs, layer.descriptor(), layer.diffId())) {
            assertEquals(items, TarRoundTripTest.readAll(reader));
        }
    }

    @Test
    void encoder_is_recorded_with_version_and_level() throws IOException {
        assertEquals(
                "jbuild-deflate/2 level=2", write(LayerOptions.DEFAULT, new byte[0]).encoder());
        assertEquals(
                "jdk-deflate/2 level=4 jdk=" + Runtime.version(),
                write(LayerOptions.of(LayerEncoding.GZIP_JDK), new byte[0]).encoder());
        assertTrue(
                write(LayerOptions.of(Compression.ZSTD), new byte[0])
                        .encoder()
                        .matches("zstd-jni/[0-9.-]+ level=3"));
    }

    @Test
    void mtimes_after_the_clamp_become_it_and_earlier_ones_stay() throws IOException {
        Instant epoch = Instant.ofEpochSecond(500, 5);
        Layer layer;
        try (LayerWriter writer = LayerWriter.open(blobs, LayerOptions.DEFAULT.withClamp(epoch))) {
            writer.add(new TarEntry.Fifo(EntryPath.of("later"), PLAIN));
            writer.add(
                    new TarEntry.Fifo(
                            EntryPath.of("earlier"), PLAIN.withMtime(Instant.ofEpochSecond(1))));
            layer = writer.commit();
        }
        try (LayerReader reader = LayerReader.open(blobs, layer.descriptor())) {
            assertEquals(epoch, reader.next().orElseThrow().metadata().mtime());
            assertEquals(Instant.ofEpochSecond(1), reader.next().orElseThrow().metadata().mtime());
        }
    }

    @Test
    void name_that_starts_with_wh_is_refused() throws IOException {
        try (LayerWriter writer = LayerWriter.open(blobs, LayerOptions.DEFAULT)) {
            InvalidLayerException e =
                    assertThrows(
                            InvalidLayerException.class,
                            () -> writer.add(new TarEntry.Fifo(EntryPath.of("a/.wh.b"), PLAIN)));
            assertEquals(
                    "'a/.wh.b' can't be in an image: in a layer, a name that begins with '.wh.'"
                            + " deletes another; rename it",
                    e.getMessage());
        }
    }

    @Test
    void deleted_file_becomes_a_wh_entry_and_opaque_directory_a_marker() throws IOException {
        Layer layer;
        try (LayerWriter writer = LayerWriter.open(blobs, LayerOptions.DEFAULT)) {
            writer.opaque(EntryPath.of("etc"));
            writer.whiteout(EntryPath.of("etc/passwd"));
            layer = writer.commit();
        }
        Metadata none = new Metadata(0, 0, 0, Instant.EPOCH);
        try (LayerReader reader = LayerReader.open(blobs, layer.descriptor())) {
            assertEquals(
                    Optional.of(
                            new TarEntry.RegularFile(EntryPath.of("etc/.wh..wh..opq"), none, 0)),
                    reader.next());
            assertEquals(
                    Optional.of(new TarEntry.RegularFile(EntryPath.of("etc/.wh.passwd"), none, 0)),
                    reader.next());
        }
    }

    @Test
    void content_shorter_than_promised_is_an_error_and_leaves_nothing() throws IOException {
        try (LayerWriter writer = LayerWriter.open(blobs, LayerOptions.DEFAULT)) {
            assertThrows(
                    EOFException.class,
                    () ->
                            writer.add(
                                    new TarEntry.RegularFile(EntryPath.of("f"), PLAIN, 3_000_000),
                                    new ByteArrayInputStream(new byte[2_000_000])));
        }
        assertNothingLeft();
    }

    @Test
    void layer_not_committed_leaves_nothing() throws IOException {
        byte[] content = text(3_000_000, 3);
        try (LayerWriter writer = LayerWriter.open(blobs, LayerOptions.DEFAULT)) {
            writer.add(file("f", content), new ByteArrayInputStream(content));
        }
        assertNothingLeft();
    }

    @Test
    void failing_store_fails_the_writer_of_the_layer() throws IOException {
        byte[] content = text(60_000_000, 4);
        try (LayerWriter writer = LayerWriter.open(new FullStore(blobs), LayerOptions.DEFAULT)) {
            IOException e =
                    assertThrows(
                            IOException.class,
                            () ->
                                    writer.add(
                                            file("f", content), new ByteArrayInputStream(content)));
            assertEquals("no space left", e.getMessage());
        }
        assertNothingLeft();
    }

    @Test
    void interrupted_thread_stops_writing() throws Exception {
        byte[] content = text(9_000_000, 5);
        try (LayerWriter writer = LayerWriter.open(blobs, LayerOptions.DEFAULT)) {
            Thread.currentThread().interrupt();
            IOException e =
                    assertThrows(
                            IOException.class,
                            () -> {
                                writer.add(file("f", content), new ByteArrayInputStream(content));
                                writer.commit();
                            });
            assertInstanceOf(java.io.InterruptedIOException.class, e);
            assertTrue(Thread.interrupted());
        }
        assertNothingLeft();
    }

    @Test
    void damaged_layer_is_told_at_its_end() throws IOException {
        byte[] content = text(1000, 6);
        Layer layer = write(LayerOptions.of(Compression.NONE), content);
        Path file = blobs.path(layer.descriptor().digest());
        byte[] damaged = Files.readAllBytes(file);
        damaged[600] ^= 1;
        Files.write(file, damaged);
        try (LayerReader reader = LayerReader.open(blobs, layer.descriptor(), layer.diffId())) {
            assertTrue(reader.next().isPresent());
            InvalidLayerException e =
                    assertThrows(InvalidLayerException.class, () -> reader.next());
            assertTrue(
                    e.toString()
                            .contains("layer " + layer.descriptor().digest() + ": its content"));
        }
    }

    private static void requireLibrary(LayerEncoding encoding) {
        switch (encoding) {
            case GZIP_LIBDEFLATE -> requireLibrary("libdeflate.so.0", "libdeflate0");
            case GZIP_ISAL -> requireLibrary("libisal.so.2", "libisal2");
            case NONE, GZIP, GZIP_JDK, ZSTD -> {}
        }
    }

    private static void requireLibrary(String file, String debian) {
        assumeTrue(
                Files.exists(Path.of("/usr/lib/x86_64-linux-gnu", file)),
                "needs " + file + " (Debian: " + debian + ")");
    }

    private Layer write(LayerOptions options, byte[] content) throws IOException {
        try (LayerWriter writer = LayerWriter.open(blobs, options)) {
            writer.add(file("big", content), new ByteArrayInputStream(content));
            return writer.commit();
        }
    }

    private void assertNothingLeft() throws IOException {
        assertEquals(0, blobs.list().count());
        try (Stream<Path> files = Files.list(blobs.temp().directory())) {
            assertEquals(
                    List.of("lease"), files.map(file -> file.getFileName().toString()).toList());
        }
    }

    private static TarEntry.RegularFile file(String name, byte[] content) {
        return new TarEntry.RegularFile(EntryPath.of(name), PLAIN, content.length);
    }

    /// Letters, some more frequent than others.
    private static byte[] text(int size, long seed) {
        Random random = new Random(seed);
        byte[] text = new byte[size];
        for (int i = 0; i < size; i++) {
            text[i] = (byte) ('a' + Math.min(random.nextInt(26), random.nextInt(26)));
        }
        return text;
    }

    /// A store whose disk is full after some bytes.
    private record FullStore(BlobStore store) implements BlobStore {
        @Override
        public OptionalLong size(Digest digest) throws IOException {
            return store.size(digest);
        }

        @Override
        public FileChannel open(Digest digest) throws IOException {
            return store.open(digest);
        }

        @Override
        public BlobWriter create() throws IOException {
            BlobWriter writer = store.create();
            return new BlobWriter() {
                @Override
                public void write(ByteBuffer bytes) throws IOException {
                    if (writer.size() > 1_000_000) {
                        throw new IOException("no space left");
                    }
                    writer.write(bytes);
                }

                @Override
                public Digest commit() throws IOException {
                    return writer.commit();
                }

                @Override
                public void commit(Digest expected) throws IOException {
                    writer.commit(expected);
                }

                @Override
                public long size() {
                    return writer.size();
                }

                @Override
                public GrowingBlob follow() throws IOException {
                    return writer.follow();
                }

                @Override
                public void close() throws IOException {
                    writer.close();
                }
            };
        }

        @Override
        public void delete(Digest digest) throws IOException {
            store.delete(digest);
        }

        @Override
        public Stream<Digest> list() throws IOException {
            return store.list();
        }
    }
}
