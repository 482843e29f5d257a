package dev.jbuild.registry.client;

import static dev.jbuild.registry.client.Failures.message;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Platform;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.RegistryServer;
import dev.jbuild.registry.server.ServerConfig;
import dev.jbuild.store.DirectoryBlobStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Client and jbuild's own registry against each other, over a real socket.
class RoundTripTest {
    private static final Platform AMD64 = Platform.of("linux", "amd64");
    private static final Platform ARM64 = Platform.of("linux", "arm64");

    @TempDir Path directory;

    private final Queue<TransferEvent> events = new ConcurrentLinkedQueue<>();
    private RegistryServer server;
    private RegistryClient client;
    private DirectoryBlobStore mine;
    private DirectoryBlobStore theirs;

    @BeforeEach
    void start() throws Exception {
        server =
                RegistryServer.start(
                        new ServerConfig(
                                directory.resolve("registry"),
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
        client =
                new RegistryClient(
                        "127.0.0.1:" + server.address().getPort(),
                        RegistryOptions.standard().withEvents(events::add));
        mine = new DirectoryBlobStore(directory.resolve("mine"));
        theirs = new DirectoryBlobStore(directory.resolve("theirs"));
    }

    @AfterEach
    void stop() throws IOException {
        mine.close();
        theirs.close();
        server.close();
    }

    @Test
    void pushed_image_is_pulled_by_tag() throws Exception {
        Encoded<ImageManifest> image = Images.image(mine, 1, 5);
        Descriptor pushed = push(image.descriptor(), name("app:v1"));
        PulledImage pulled = new Puller(client, theirs).pull(name("app:v1"), AMD64);
        assertEquals(image.descriptor(), pushed);
        assertArrayEquals(image.bytes(), pulled.image().bytes());
        assertArrayEquals(image.bytes(), Images.bytes(theirs, image.descriptor().digest()));
        assertTrue(Images.isComplete(theirs, image.value()));
    }

    @Test
    void pushed_image_is_pulled_by_digest() throws Exception {
        Encoded<ImageManifest> image = Images.image(mine, 1, 1);
        push(image.descriptor(), name("app:v1"));
        PulledImage pulled =
                new Puller(client, theirs)
                        .pull(name("app").withDigest(image.descriptor().digest()), AMD64);
        assertEquals(image.descriptor(), pulled.root().descriptor());
    }

    @Test
    void image_pushed_by_digest_has_no_tag() throws Exception {
        Encoded<ImageManifest> image = Images.image(mine, 1, 1);
        push(image.descriptor(), name("app").withDigest(image.descriptor().digest()));
        assertEquals(List.of(), client.tags(new RepositoryName("app")));
        assertEquals(
                Optional.of(image.descriptor()),
                client.find(name("app").withDigest(image.descriptor().digest())));
    }

    @Test
    void of_an_index_only_the_platform_is_pulled() throws Exception {
        Encoded<ImageIndex> index = Images.index(mine, 1);
        push(index.descriptor(), name("app:v1"));
        PulledImage pulled = new Puller(client, theirs).pull(name("app:v1"), ARM64);
        Descriptor arm = index.value().manifests().get(1);
        Descriptor amd = index.value().manifests().get(0);
        assertEquals(index.descriptor(), pulled.root().descriptor());
        assertEquals(arm.digest(), pulled.image().descriptor().digest());
        assertTrue(Images.isComplete(theirs, pulled.image().value()));
        assertTrue(theirs.size(amd.digest()).isEmpty());
    }

    @Test
    void all_platforms_of_an_index_are_pulled_if_asked() throws Exception {
        Encoded<ImageIndex> index = Images.index(mine, 1);
        push(index.descriptor(), name("app:v1"));
        assertEquals(
                index.descriptor(),
                new Puller(client, theirs).pullAll(name("app:v1")).descriptor());
        assertTrue(Images.isComplete(theirs, index.value()));
    }

    @Test
    void platform_that_an_index_lacks_is_told_with_those_it_has() throws Exception {
        push(Images.index(mine, 1).descriptor(), name("app:v1"));
        RegistryException e =
                assertThrows(
                        RegistryException.class,
                        () ->
                                new Puller(client, theirs)
                                        .pull(name("app:v1"), Platform.of("linux", "riscv64")));
        assertEquals(
                "GET http://"
                        + client.registry()
                        + "/v2/app/manifests/v1: there is no image for linux/riscv64 in it; it has linux/amd64, linux/arm64",
                message(e));
    }

    @Test
    void second_pull_fetches_no_blob() throws Exception {
        push(Images.image(mine, 1, 3).descriptor(), name("app:v1"));
        new Puller(client, theirs).pull(name("app:v1"), AMD64);
        events.clear();
        new Puller(client, theirs).pull(name("app:v1"), AMD64);
        assertEquals(4, finished(TransferEvent.Outcome.PRESENT));
        assertEquals(0, finished(TransferEvent.Outcome.TRANSFERRED));
    }

    @Test
    void second_push_uploads_no_blob() throws Exception {
        Descriptor image = Images.image(mine, 1, 3).descriptor();
        push(image, name("app:v1"));
        events.clear();
        push(image, name("app:v2"));
        assertEquals(4, finished(TransferEvent.Outcome.PRESENT));
        assertEquals(0, finished(TransferEvent.Outcome.TRANSFERRED));
    }

    @Test
    void blobs_of_the_base_repository_are_mounted() throws Exception {
        Descriptor image = Images.image(mine, 1, 3).descriptor();
        push(image, name("base:v1"));
        events.clear();
        new Pusher(client, mine)
                .push(image, name("app:v1"), Optional.of(new RepositoryName("base")));
        assertEquals(4, finished(TransferEvent.Outcome.MOUNTED));
        assertEquals(Optional.of(image), client.find(name("app:v1")));
    }

    @Test
    void layer_used_twice_is_moved_once() throws Exception {
        byte[] layer = Images.random(7, 1000);
        Images.put(mine, layer);
        byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
        Images.put(mine, config);
        Descriptor twice = Descriptor.of(MediaType.OCI_LAYER, layer);
        Encoded<ImageManifest> image =
                OciJson.encode(
                        ImageManifest.of(
                                Descriptor.of(MediaType.OCI_CONFIG, config),
                                List.of(twice, twice)));
        Images.put(mine, image.bytes());
        push(image.descriptor(), name("app:v1"));
        assertEquals(2, finished(TransferEvent.Outcome.TRANSFERRED));
        events.clear();
        new Puller(client, theirs).pull(name("app:v1"), AMD64);
        assertEquals(2, finished(TransferEvent.Outcome.TRANSFERRED));
    }

    @Test
    void foreign_layer_is_not_pushed() throws Exception {
        byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
        Images.put(mine, config);
        Descriptor foreign = Descriptor.of(MediaType.DOCKER_FOREIGN_LAYER, Images.random(8, 100));
        Encoded<ImageManifest> image =
                OciJson.encode(
                        ImageManifest.of(
                                Descriptor.of(MediaType.OCI_CONFIG, config), List.of(foreign)));
        Images.put(mine, image.bytes());
        push(image.descriptor(), name("app:v1"));
        assertEquals(1, finished(TransferEvent.Outcome.SKIPPED));
        assertFalse(client.hasBlob(new RepositoryName("app"), foreign.digest()));
    }

    @Test
    void progress_ends_at_the_size() throws Exception {
        Encoded<ImageManifest> image = Images.image(mine, 1, 1);
        push(image.descriptor(), name("app:v1"));
        Descriptor layer = image.value().layers().getFirst();
        assertTrue(events.contains(new TransferEvent.Started(layer)));
        assertTrue(events.contains(new TransferEvent.Progress(layer, 100_000)));
    }

    @Test
    void missing_tag_is_told_with_those_that_are_there() throws Exception {
        push(Images.image(mine, 1, 1).descriptor(), name("app:v1"));
        push(Images.image(mine, 1, 1).descriptor(), name("app:v2"));
        RegistryException e =
                assertThrows(RegistryException.class, () -> client.fetchManifest(name("app:v9")));
        assertEquals(
                "GET http://"
                        + client.registry()
                        + "/v2/app/manifests/v9: 404 MANIFEST_UNKNOWN: tag 'v9' is not in 'app'; it has v1, v2",
                message(e));
        assertTrue(e.isNotFound());
    }

    @Test
    void find_of_nothing_is_empty() throws Exception {
        assertEquals(Optional.empty(), client.find(name("nothing:v1")));
    }

    @Test
    void tags_come_in_pages() throws Exception {
        Encoded<ImageManifest> image = Images.image(mine, 1, 0);
        push(image.descriptor(), name("app:a"));
        for (int i = 100; i < 250; i++) {
            client.putManifest(name("app:t" + i), image);
        }
        List<Tag> tags = client.tags(new RepositoryName("app"));
        assertEquals(151, tags.size());
        assertEquals(new Tag("t249"), tags.getLast());
    }

    @Test
    void referrers_are_listed_and_filtered() throws Exception {
        Encoded<ImageManifest> image = Images.image(mine, 1, 1);
        push(image.descriptor(), name("app:v1"));
        MediaType type = new MediaType("application/vnd.example.sbom");
        Encoded<ImageManifest> referrer =
                OciJson.encode(
                        new ImageManifest(
                                MediaType.OCI_MANIFEST,
                                Optional.of(type),
                                image.value().config(),
                                List.of(),
                                Optional.of(image.descriptor()),
                                Map.of("note", "x")));
        client.putManifest(name("app").withDigest(referrer.descriptor().digest()), referrer);
        RepositoryName app = new RepositoryName("app");
        Digest subject = image.descriptor().digest();
        assertEquals(
                List.of(
                        referrer.descriptor()
                                .withArtifactType(type)
                                .withAnnotations(Map.of("note", "x"))),
                client.referrers(app, subject, Optional.of(type)));
        assertEquals(
                List.of(),
                client.referrers(
                        app, subject, Optional.of(new MediaType("application/vnd.example.x"))));
    }

    @Test
    void deleted_tag_is_gone() throws Exception {
        push(Images.image(mine, 1, 1).descriptor(), name("app:v1"));
        client.deleteManifest(name("app:v1"));
        assertEquals(Optional.empty(), client.find(name("app:v1")));
    }

    @Test
    void large_blob_survives_the_journey() throws Exception {
        byte[] content = Images.random(9, 20_000_000);
        Descriptor blob = Descriptor.of(MediaType.OCI_LAYER, content);
        Images.put(mine, content);
        RepositoryName app = new RepositoryName("app");
        client.uploadBlob(app, blob, mine, Optional.empty());
        client.fetchBlob(app, blob, theirs);
        assertEquals(blob.digest(), Digest.sha256(Images.bytes(theirs, blob.digest())));
    }

    @Test
    void blob_damaged_in_the_store_is_told_as_such() throws Exception {
        Encoded<ImageManifest> image = Images.image(mine, 1, 1);
        Digest layer = image.value().layers().getFirst().digest();
        Path file = directory.resolve("mine/blobs/sha256/" + layer.hex());
        assertTrue(file.toFile().setWritable(true));
        java.nio.file.Files.write(file, Images.random(99, 100_000));
        IOException e =
                assertThrows(IOException.class, () -> push(image.descriptor(), name("app:v1")));
        assertTrue(
                message(e)
                        .startsWith(
                                "blob "
                                        + layer
                                        + " is damaged in the store, its content hashes to sha256:"),
                message(e));
        assertEquals(Optional.empty(), client.find(name("app:v1")));
    }

    @Test
    void index_with_missing_children_is_not_pushed() throws Exception {
        push(Images.index(mine, 1).descriptor(), name("app:v1"));
        PulledImage pulled = new Puller(client, theirs).pull(name("app:v1"), AMD64);
        IOException e =
                assertThrows(
                        IOException.class,
                        () ->
                                new Pusher(client, theirs)
                                        .push(
                                                pulled.root().descriptor(),
                                                name("copy:v1"),
                                                Optional.empty()));
        assertTrue(
                message(e).endsWith(" names it: pull all platforms, or push the image of one"),
                message(e));
    }

    @Test
    void registry_that_is_down_is_asked_for() throws Exception {
        String registry = client.registry();
        server.close();
        RegistryException e =
                assertThrows(
                        RegistryException.class,
                        () ->
                                new RegistryClient(registry, RegistryOptions.standard())
                                        .fetchManifest(name("app:v1")));
        assertEquals(
                "GET http://"
                        + registry
                        + "/v2/: no connection to "
                        + registry
                        + "; is the registry running? Start one with 'jbuild serve --root DIR --listen "
                        + registry
                        + "', or check the name '"
                        + registry
                        + "'",
                message(e));
    }

    private Descriptor push(Descriptor image, ImageReference name)
            throws IOException, InterruptedException {
        return new Pusher(client, mine).push(image, name, Optional.empty());
    }

    private ImageReference name(String name) {
        return ImageReference.parse(client.registry() + "/" + name);
    }

    private long finished(TransferEvent.Outcome outcome) {
        return events.stream()
                .filter(
                        event ->
                                event instanceof TransferEvent.Finished finished
                                        && finished.outcome() == outcome)
                .count();
    }
}
