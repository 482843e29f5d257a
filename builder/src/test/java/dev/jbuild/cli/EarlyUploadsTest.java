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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
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

    private Descriptor stored(String content) throws IOException {
        byte[] bytes = content.getBytes(UTF_8);
        try (BlobWriter writer = store.create()) {
            writer.write(ByteBuffer.wrap(bytes));
            Digest digest = writer.commit();
            return new Descriptor(MediaType.OCI_LAYER_GZIP, digest, bytes.length);
        }
    }
}
