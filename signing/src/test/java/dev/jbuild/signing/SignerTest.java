package dev.jbuild.signing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SignerTest {
    @Test
    void key_of_cosign_signs_cosigns_payload() throws IOException {
        SigningKey key = Fixtures.signingKey("cosign.key");
        Descriptor image = new Descriptor(MediaType.OCI_MANIFEST, Fixtures.IMAGE, 1);
        SignatureLayer layer = new Signer(key).sign(image, Fixtures.NAME, Map.of());
        assertArrayEquals(
                Fixtures.bytes(
                        "sha256-de31fd22ec7c3d26120ca18c7e454543ab7a53252cf9022875f8544e64b742b2"),
                layer.payload().orElseThrow());
        assertEquals(true, layer.isBy(Fixtures.verificationKey("cosign.pub")));
    }

    @Test
    void image_is_its_only_target() throws IOException {
        Encoded<ImageManifest> image = image("one");
        assertEquals(
                List.of(image.descriptor()),
                Signer.targets(
                        image,
                        child -> {
                            throw new AssertionError(child);
                        }));
    }

    @Test
    void index_is_signed_with_all_below_it_and_each_once() throws IOException {
        Encoded<ImageManifest> one = image("one");
        Encoded<ImageManifest> two = image("two");
        Encoded<ImageIndex> inner =
                OciJson.encode(ImageIndex.of(List.of(two.descriptor(), one.descriptor())));
        Encoded<ImageIndex> root =
                OciJson.encode(ImageIndex.of(List.of(one.descriptor(), inner.descriptor())));
        Map<Digest, Encoded<? extends Manifest>> all =
                Map.of(
                        one.descriptor().digest(), one,
                        two.descriptor().digest(), two,
                        inner.descriptor().digest(), inner);
        assertEquals(
                List.of(root.descriptor(), one.descriptor(), inner.descriptor(), two.descriptor()),
                Signer.targets(
                        root, child -> java.util.Objects.requireNonNull(all.get(child.digest()))));
    }

    private static Encoded<ImageManifest> image(String config) {
        return OciJson.encode(
                ImageManifest.of(
                        Descriptor.of(
                                MediaType.OCI_CONFIG, config.getBytes(StandardCharsets.UTF_8)),
                        List.of()));
    }
}
