package dev.jbuild.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.builder.event.BuildEvent;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.MediaType;
import dev.jbuild.registry.client.RegistryClient;
import dev.jbuild.registry.client.RegistryOptions;
import dev.jbuild.registry.server.RegistryServer;
import dev.jbuild.registry.server.ServerConfig;
import dev.jbuild.store.BlobWriter;
import dev.jbuild.store.DirectoryBlobStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EarlyUploadsTest {
    @TempDir Path directory;
    private DirectoryBlobStore store;
    private RegistryServer registry;
    private RegistryClient client;
    private ImageReference target;

    @BeforeEach
    void start() throws Exception {
        store = new DirectoryBlobStore(directory.resolve("store"));
        registry =
                RegistryServer.start(
                        new ServerConfig(
                                directory.resolve("registry"),
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
        String host = "127.0.0.1:" + registry.address().getPort();
        client =
                new RegistryClient(
                        host,
                        RegistryOptions.standard()
                                .withRetries(1, Duration.ofMillis(1), Duration.ofSeconds(10)));
        target = ImageReference.parse(host + "/app:v1");
    }

    @AfterEach
    void stop() throws IOException {
        registry.close();
        store.close();
    }

    @Test
    void a_layer_is_in_the_registry_before_the_image_is() throws Exception {
        Descriptor layer = stored("content");
        try (EarlyUploads uploads = new EarlyUploads(Map.of(target, client), store)) {
            uploads.accept(new BuildEvent.LayerKnown(layer));
            uploads.await();
        }
        assertTrue(client.hasBlob(target.repository(), layer.digest()));
        assertTrue(client.find(target).isEmpty());
    }

    @Test
    void a_large_layer_is_sent_before_it_is_complete() throws Exception {
        try (EarlyUploads uploads = new EarlyUploads(Map.of(target, client), store);
                BlobWriter writer = store.create()) {
            uploads.accept(new BuildEvent.LayerBegun(writer::follow));
            writer.write(ByteBuffer.wrap(new byte[5 << 20]));
            awaitInRegistry(4 << 20);
            writer.write(ByteBuffer.wrap(new byte[1 << 20]));
            Digest digest = writer.commit();
            uploads.await();
            assertTrue(client.hasBlob(target.repository(), digest));
        }
    }

    @Test
    void a_layer_that_cannot_be_followed_is_sent_once_it_is_stored() throws Exception {
        Descriptor layer;
        try (EarlyUploads uploads = new EarlyUploads(Map.of(target, client), store);
                BlobWriter writer = store.create()) {
            uploads.accept(
                    new BuildEvent.LayerBegun(
                            () -> {
                                throw new IOException("can't be followed");
                            }));
            writer.write(ByteBuffer.wrap(new byte[5 << 20]));
            layer = new Descriptor(MediaType.OCI_LAYER_GZIP, writer.commit(), writer.size());
            uploads.accept(new BuildEvent.LayerKnown(layer));
            uploads.await();
        }
        assertTrue(client.hasBlob(target.repository(), layer.digest()));
    }

    @Test
    void of_a_layer_that_is_given_up_nothing_stays_in_the_registry() throws Exception {
        try (EarlyUploads uploads = new EarlyUploads(Map.of(target, client), store)) {
            try (BlobWriter writer = store.create()) {
                uploads.accept(new BuildEvent.LayerBegun(writer::follow));
                writer.write(ByteBuffer.wrap(new byte[5 << 20]));
                awaitInRegistry(4 << 20);
            }
            uploads.await();
        }
        assertTrue(bytesInRegistry() < 1 << 20);
    }

    @Test
    void a_small_layer_is_not_sent_before_it_is_stored() throws Exception {
        Digest digest;
        try (EarlyUploads uploads = new EarlyUploads(Map.of(target, client), store);
                BlobWriter writer = store.create()) {
            uploads.accept(new BuildEvent.LayerBegun(writer::follow));
            writer.write(ByteBuffer.wrap(new byte[1 << 20]));
            digest = writer.commit();
            uploads.await();
        }
        assertFalse(client.hasBlob(target.repository(), digest));
    }

    @Test
    void a_layer_that_was_not_fetched_is_passed_over() throws Exception {
        Descriptor absent = new Descriptor(MediaType.OCI_LAYER_GZIP, Digest.sha256(new byte[1]), 1);
        Descriptor layer = stored("content");
        try (EarlyUploads uploads = new EarlyUploads(Map.of(target, client), store)) {
            uploads.accept(new BuildEvent.LayerKnown(absent));
            uploads.accept(new BuildEvent.LayerKnown(layer));
            uploads.await();
        }
        assertFalse(client.hasBlob(target.repository(), absent.digest()));
        assertTrue(client.hasBlob(target.repository(), layer.digest()));
    }

    @Test
    void a_registry_that_does_not_answer_stops_no_build() throws Exception {
        Descriptor layer = stored("content");
        registry.close();
        try (EarlyUploads uploads = new EarlyUploads(Map.of(target, client), store)) {
            uploads.accept(new BuildEvent.LayerKnown(layer));
            uploads.await();
        }
        assertTrue(store.size(layer.digest()).isPresent());
    }

    private void awaitInRegistry(long bytes) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (bytesInRegistry() < bytes) {
            assertTrue(System.nanoTime() < deadline, "nothing arrives");
            Thread.sleep(5);
        }
    }

    private long bytesInRegistry() throws IOException {
        while (true) {
            try (Stream<Path> files = Files.walk(directory.resolve("registry"))) {
                long bytes = 0;
                for (Path file : files.toList()) {
                    bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
                }
                return bytes;
            } catch (NoSuchFileException | UncheckedIOException e) {
                // a file went meanwhile: again
            }
        }
    }

    private Descriptor stored(String content) throws IOException {
        byte[] bytes = content.getBytes(UTF_8);
        try (BlobWriter writer = store.create()) {
            writer.write(ByteBuffer.wrap(bytes));
            Digest digest = writer.commit();
            return new Descriptor(MediaType.OCI_LAYER_GZIP, digest, bytes.length);
        }
    }
}
