package dev.jbuild.store.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.layout.ImageValidator.Depth;
import dev.jbuild.store.layout.ImageValidator.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageValidatorTest {
    @TempDir Path root;
    private Store store;
    private NamedImage image;
    private Descriptor layer;

    @BeforeEach
    void open() throws IOException {
        store = Store.open(root);
        image = TestImages.create(store, "app:v1", "app");
        layer =
                store.images()
                        .resolve(image.name(), Platform.host())
                        .orElseThrow()
                        .manifest()
                        .value()
                        .layers()
                        .getFirst();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void good_image_has_no_problem() throws IOException {
        assertEquals(List.of(), check(Depth.CONTENT));
    }

    @Test
    void flipped_bit_in_a_layer_is_found() throws IOException {
        Path file = store.blobs().path(layer.digest());
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertEquals(List.of(), check(Depth.STRUCTURE));
        Problem problem = check(Depth.CONTENT).getFirst();
        assertEquals(layer.digest(), problem.blob());
        assertTrue(problem.what().startsWith("the content hashes to sha256:"));
    }

    @Test
    void truncated_layer_is_found_without_reading_it() throws IOException {
        Files.write(store.blobs().path(layer.digest()), new byte[3]);
        assertEquals(
                List.of(
                        new Problem(
                                layer.digest(),
                                "the blob has 3 bytes where the manifest says " + layer.size())),
                check(Depth.STRUCTURE));
    }

    @Test
    void missing_layer_is_found() throws IOException {
        store.blobs().delete(layer.digest());
        assertEquals(
                List.of(new Problem(layer.digest(), "the blob is missing")),
                check(Depth.STRUCTURE));
    }

    @Test
    void layer_that_is_not_the_configurations_is_found() throws IOException {
        NamedImage other = TestImages.create(store, "other:v1", "other");
        ImageManifest manifest = manifest(image);
        Encoded<ImageManifest> mixed =
                OciJson.encode(ImageManifest.of(manifest.config(), manifest(other).layers()));
        store.blobs().write(mixed.bytes());
        Problem problem =
                new ImageValidator(store.blobs())
                        .check(mixed.descriptor(), Depth.CONTENT)
                        .getFirst();
        assertTrue(problem.what().contains("but the image's configuration says"));
    }

    @Test
    void exception_tells_every_problem() throws IOException {
        store.blobs().delete(layer.digest());
        IOException e =
                assertThrows(
                        IOException.class,
                        () ->
                                new ImageValidator(store.blobs())
                                        .requireValid(image.descriptor(), Depth.STRUCTURE));
        assertTrue(e.toString().contains(layer.digest() + ": the blob is missing"));
    }

    private List<Problem> check(Depth depth) throws IOException {
        return new ImageValidator(store.blobs()).check(image.descriptor(), depth);
    }

    private ImageManifest manifest(NamedImage named) throws IOException {
        return store.images()
                .resolve(named.name(), Platform.host())
                .orElseThrow()
                .manifest()
                .value();
    }
}
