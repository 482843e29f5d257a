package dev.jbuild.store.check;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.MediaType;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Layer;
import dev.jbuild.store.layer.LayerBlobs;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.TarWriter;
import dev.jbuild.store.layout.ImageValidator;
import dev.jbuild.store.layout.RootfsImport;
import dev.jbuild.store.layout.Store;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreCheckTest {
    private static final ImageReference NAME = ImageReference.parse("app:v1");

    @TempDir Path root;
    private Store store;
    private NamedImage image;
    private Digest layer;

    @BeforeEach
    void open() throws IOException {
        store = Store.open(root);
        image =
                RootfsImport.into(store)
                        .run(new ByteArrayInputStream(tar("content")), "rootfs.tar", NAME);
        layer = manifest().layers().getFirst().digest();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void sound_store_has_no_damage() throws Exception {
        StoreReport report = check();
        assertEquals(List.of(), report.damages());
        assertEquals(3, report.blobs());
        assertEquals(1, report.images());
    }

    @Test
    void any_flipped_bit_of_any_blob_is_found() throws Exception {
        for (Digest digest : store.blobs().list().toList()) {
            Path file = store.blobs().path(digest);
            byte[] good = Files.readAllBytes(file);
            for (int at : List.of(0, good.length / 2, good.length - 1)) {
                byte[] bad = good.clone();
                bad[at] ^= 4;
                Files.write(file, bad);
                Damage damage = check().damages().getFirst();
                assertInstanceOf(Damage.BadBlob.class, damage);
                assertEquals("blob " + digest, damage.where());
                assertEquals("its content hashes to " + Digest.sha256(bad), damage.what());
                assertEquals("[app:v1]", damage.images().toString());
            }
            Files.write(file, good);
        }
    }

    @Test
    void any_flipped_bit_of_a_layer_record_is_found() throws Exception {
        Path file = layerRecord();
        byte[] good = Files.readAllBytes(file);
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 1;
            Files.write(file, bad);
            assertInstanceOf(Damage.BadLayerRecord.class, only(check()), "byte " + at);
        }
    }

    @Test
    void truncated_blob_is_found() throws Exception {
        Path file = store.blobs().path(layer());
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 20));
        assertInstanceOf(Damage.BadBlob.class, only(check()));
    }

    @Test
    void missing_parts_are_named_with_the_images_that_need_them() throws Exception {
        Files.delete(store.blobs().path(layer()));
        Damage damage = only(check());
        assertEquals("blob " + layer(), damage.where());
        assertEquals("the layer is missing", damage.what());
        assertEquals("[app:v1]", damage.images().toString());
        Files.delete(store.blobs().path(image.descriptor().digest()));
        assertEquals("the manifest is missing", only(check()).what());
    }

    @Test
    void names_that_cannot_be_read_are_found_and_restored() throws Exception {
        Files.writeString(root.resolve("index.json"), "{\"schemaVersion\":2,\"manif");
        Damage damage = only(check());
        assertInstanceOf(Damage.BadIndex.class, damage);
        assertEquals(Optional.of("restored: app:v1"), new StoreRepair(store).mend(damage));
        assertEquals(List.of(), check().damages());
        assertEquals(List.of(image), store.images().list());
    }

    @Test
    void without_a_copy_of_the_names_complete_images_get_new_ones() throws Exception {
        Files.writeString(root.resolve("index.json"), "");
        Files.delete(root.resolve("index.copy"));
        new StoreRepair(store).mend(only(check()));
        String name = "localhost/recovered:" + image.descriptor().digest().shortHex();
        assertEquals(
                image.descriptor().digest(),
                store.images().find(ImageReference.parse(name)).orElseThrow().digest());
        assertEquals(List.of(), check().damages());
    }

    @Test
    void store_that_lost_its_mark_or_its_names_is_opened_whole() throws Exception {
        store.close();
        Files.delete(root.resolve("oci-layout"));
        Files.delete(root.resolve("index.json"));
        store = Store.open(root);
        assertEquals(List.of(), check().damages());
        assertEquals(List.of(image), store.images().list());
    }

    @Test
    void damaged_blob_is_put_aside_and_the_image_named() throws Exception {
        Path file = store.blobs().path(layer());
        Files.writeString(file, "x");
        new StoreRepair(store).mend(only(check()));
        assertFalse(Files.exists(file));
        assertEquals("x", Files.readString(root.resolve("quarantine").resolve(layer().hex())));
        assertInstanceOf(Damage.MissingBlob.class, only(check()));
    }

    @Test
    void layer_is_made_again_from_another_form() throws Exception {
        Layer gzip = store.layers().find(diffId()).getFirst();
        Digest plain = store.blobs().write(tarOf(gzip));
        store.layers()
                .put(
                        new Layer(
                                new Descriptor(MediaType.OCI_LAYER, plain, gzip.uncompressedSize()),
                                diffId(),
                                gzip.uncompressedSize(),
                                "none"));
        Files.delete(store.blobs().path(layer()));
        assertEquals(
                Optional.of("made again from blob " + plain),
                new StoreRepair(store).mend(only(check())));
        assertEquals(List.of(), check().damages());
        new ImageValidator(store.blobs())
                .requireValid(image.descriptor(), ImageValidator.Depth.CONTENT);
    }

    @Test
    void files_that_belong_nowhere_are_put_aside() throws Exception {
        Files.writeString(root.resolve("blobs/sha256/oci-put-blob1"), "x");
        Files.writeString(root.resolve("tmp/left"), "x");
        StoreReport report = check();
        assertEquals(2, report.damages().size());
        for (Damage damage : report.damages()) {
            new StoreRepair(store).mend(damage);
        }
        assertTrue(check().isSound());
        assertTrue(Files.exists(root.resolve("quarantine/oci-put-blob1")));
    }

    private StoreReport check() throws IOException, InterruptedException {
        return new StoreCheck(store).run();
    }

    private static Damage only(StoreReport report) {
        assertEquals(1, report.damages().size(), report.damages().toString());
        return report.damages().getFirst();
    }

    private ImageManifest manifest() throws IOException {
        return (ImageManifest)
                new ImageDocuments(store.blobs()).manifest(image.descriptor()).value();
    }

    private Digest layer() {
        return layer;
    }

    private DiffId diffId() throws IOException {
        return store.layers().list().getFirst();
    }

    private Path layerRecord() throws IOException {
        return root.resolve("layers/sha256").resolve(diffId().digest().hex());
    }

    private byte[] tarOf(Layer layer) throws IOException {
        try (var in = LayerBlobs.uncompressed(store.blobs(), layer.descriptor())) {
            return in.readAllBytes();
        }
    }

    private static byte[] tar(String content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        var tar = new TarWriter(out);
        byte[] bytes = content.getBytes(UTF_8);
        tar.add(
                new TarEntry.RegularFile(
                        EntryPath.of("etc/motd"),
                        new Metadata(0644, 0, 0, Instant.parse("2024-05-06T07:08:09Z")),
                        bytes.length),
                new ByteArrayInputStream(bytes));
        tar.finish();
        return out.toByteArray();
    }
}
