package dev.jbuild.store.layout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.store.BlobSweep.Swept;
import dev.jbuild.store.NamedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GarbageCollectorTest {
    private static final Duration NO_GRACE = Duration.ZERO;

    @TempDir Path root;
    private Store store;

    @BeforeEach
    void open() throws IOException {
        store = Store.open(root);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void image_with_a_name_stays_whole() throws IOException {
        NamedImage image = TestImages.create(store, "app:v1", "app");
        Swept swept = collect(NO_GRACE);
        assertEquals(List.of(), swept.blobs());
        assertEquals(3, swept.kept());
        new ImageValidator(store.blobs())
                .requireValid(image.descriptor(), ImageValidator.Depth.CONTENT);
    }

    @Test
    void image_that_lost_its_name_goes_with_its_layer_record() throws IOException {
        TestImages.create(store, "app:v1", "app");
        store.images().remove(ImageReference.parse("app:v1"));
        Swept swept = collect(NO_GRACE);
        assertEquals(3, swept.blobs().size());
        assertTrue(swept.bytes() > 500);
        assertEquals(0, store.blobs().list().count());
        assertEquals(List.of(), store.layers().list());
    }

    @Test
    void dry_run_tells_and_removes_nothing() throws IOException {
        Digest junk = write("junk");
        Swept swept = new GarbageCollector(store).collect(List.of(), NO_GRACE, true);
        assertEquals(List.of(junk), swept.blobs());
        assertEquals(4, swept.bytes());
        assertEquals(1, store.blobs().list().count());
    }

    @Test
    void blob_used_within_the_grace_period_stays() throws IOException {
        write("junk");
        assertEquals(List.of(), collect(Duration.ofHours(1)).blobs());
    }

    @Test
    void what_an_extra_root_needs_stays() throws IOException {
        NamedImage image = TestImages.create(store, "app:v1", "app");
        store.images().remove(image.name());
        Digest cached = write("cached");
        Descriptor blob = new Descriptor(MediaType.OCI_LAYER, cached, 6);
        Swept swept =
                new GarbageCollector(store)
                        .collect(List.of(image.descriptor(), blob), NO_GRACE, false);
        assertEquals(List.of(), swept.blobs());
    }

    @Test
    void images_within_a_named_index_stay() throws IOException {
        NamedImage image = TestImages.create(store, "part:1", "x");
        Encoded<ImageIndex> index = OciJson.encode(ImageIndex.of(List.of(image.descriptor())));
        store.blobs().write(index.bytes());
        store.images().put(ImageReference.parse("all:1"), index.descriptor());
        store.images().remove(image.name());
        assertEquals(List.of(), collect(NO_GRACE).blobs());
    }

    @Test
    void while_another_process_has_the_store_open_what_it_may_use_stays() throws IOException {
        Digest recent = write("recent");
        Digest old = write("old");
        Files.setLastModifiedTime(
                store.blobs().path(old), FileTime.from(Instant.now().minus(Duration.ofDays(1))));
        try (Store other = Store.open(root)) {
            assertEquals(List.of(old), collect(NO_GRACE).blobs());
            assertTrue(other.blobs().size(recent).isPresent());
        }
        assertEquals(List.of(recent), collect(NO_GRACE).blobs());
    }

    @Test
    void blob_that_another_process_found_does_not_go() throws IOException {
        Digest old = write("old");
        Files.setLastModifiedTime(
                store.blobs().path(old), FileTime.from(Instant.now().minus(Duration.ofDays(1))));
        try (Store other = Store.open(root)) {
            assertTrue(other.blobs().size(old).isPresent());
            assertEquals(List.of(), collect(NO_GRACE).blobs());
        }
    }

    @Test
    void damaged_manifest_stops_the_collection() throws IOException {
        NamedImage image = TestImages.create(store, "app:v1", "app");
        Files.writeString(store.blobs().path(image.descriptor().digest()), "{}");
        IOException e = assertThrows(IOException.class, () -> collect(NO_GRACE));
        assertTrue(e.toString().contains("image " + image.descriptor().digest() + " is damaged"));
        assertEquals(3, store.blobs().list().count());
    }

    private Swept collect(Duration grace) throws IOException {
        return new GarbageCollector(store).collect(List.of(), grace, false);
    }

    private Digest write(String content) throws IOException {
        return store.blobs().write(content.getBytes(UTF_8));
    }
}
