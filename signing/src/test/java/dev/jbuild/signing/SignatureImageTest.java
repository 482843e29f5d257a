package dev.jbuild.signing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.Tag;
import dev.jbuild.store.DirectoryBlobStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// cosign's SIGNATURE_SPEC.md, "Storage".
class SignatureImageTest {
    @Test
    void tag_is_the_digest_with_a_dash_and_sig() {
        assertEquals(
                new Tag(
                        "sha256-e71067a1b2eb6ec962d17c8c76974b89a1c43e60e7199574452a3648e5c58e46.sig"),
                SignatureImage.tag(Fixtures.IMAGE));
    }

    @Test
    void config_is_cosigns_byte_for_byte() throws IOException {
        SignatureImage image = Fixtures.signatures();
        assertArrayEquals(
                Fixtures.bytes(
                        "sha256-9e1a95372ae9c33e05c6f755ba7b1f2c339c20aa8ff8f2352b6138669fd916df"),
                image.config().bytes());
        assertEquals(Fixtures.signatureManifest().config(), image.config().descriptor());
    }

    @Test
    void manifest_says_what_cosigns_says() throws IOException {
        assertEquals(Fixtures.signatureManifest(), Fixtures.signatures().manifest().value());
    }

    @Test
    void layer_carries_payload_and_signature() {
        SigningKey key = SigningKey.generate();
        SignatureLayer layer = sign(key, "reg.example/app:v1");
        byte[] payload = layer.payload().orElseThrow();
        assertEquals(
                Descriptor.of(
                        new MediaType("application/vnd.dev.cosign.simplesigning.v1+json"), payload),
                layer.descriptor().bare());
        assertEquals(
                List.of("dev.cosignproject.cosign/signature"),
                List.copyOf(layer.descriptor().annotations().keySet()));
    }

    @Test
    void signature_of_another_name_is_added() {
        SigningKey key = SigningKey.generate();
        SignatureLayer one = sign(key, "reg.example/app:v1");
        SignatureLayer two = sign(key, "reg.example/app:v2");
        SignatureImage image = SignatureImage.of(one).with(two, key.verificationKey());
        assertEquals(List.of(one, two), image.layers());
    }

    @Test
    void signature_by_another_key_is_added() {
        SigningKey first = SigningKey.generate();
        SigningKey second = SigningKey.generate();
        SignatureLayer one = sign(first, "reg.example/app:v1");
        SignatureLayer two = sign(second, "reg.example/app:v1");
        SignatureImage image = SignatureImage.of(one).with(two, second.verificationKey());
        assertEquals(List.of(one, two), image.layers());
        assertEquals(one.descriptor().digest(), two.descriptor().digest());
    }

    @Test
    void signing_again_with_another_annotation_replaces_the_old_signature() {
        SigningKey key = SigningKey.generate();
        ImageReference name = ImageReference.parse("reg.example/app:v1");
        SignatureLayer old = new Signer(key).sign(Fixtures.image(), name, Map.of("n", "1"));
        SignatureLayer other = sign(SigningKey.generate(), "reg.example/app:v1");
        SignatureLayer added = new Signer(key).sign(Fixtures.image(), name, Map.of("n", "2"));
        SignatureImage image = SignatureImage.of(old, other).with(added, key.verificationKey());
        assertEquals(List.of(added, other), image.layers());
    }

    @Test
    void signing_again_changes_nothing() {
        SigningKey key = SigningKey.generate();
        SignatureImage once = SignatureImage.of(sign(key, "reg.example/app:v1"));
        SignatureImage twice = once.with(sign(key, "reg.example/app:v1"), key.verificationKey());
        assertArrayEquals(once.manifest().bytes(), twice.manifest().bytes());
    }

    @Test
    void appending_to_cosigns_image_keeps_what_is_there() throws IOException {
        SignatureImage before = Fixtures.signatures();
        SigningKey key = SigningKey.generate();
        SignatureImage after = before.with(sign(key, "reg.example/app:v1"), key.verificationKey());
        assertEquals(
                before.manifest().value().layers(),
                after.manifest().value().layers().subList(0, 3));
        assertEquals(4, after.layers().size());
    }

    @Test
    void layer_of_another_kind_is_kept() {
        SigningKey key = SigningKey.generate();
        SignatureLayer strange =
                SignatureLayer.of(
                        Descriptor.of(MediaType.OCI_EMPTY, "{}".getBytes(StandardCharsets.UTF_8)),
                        Optional.empty());
        SignatureLayer added = sign(key, "reg.example/app:v1");
        assertEquals(
                List.of(strange, added),
                SignatureImage.of(strange).with(added, key.verificationKey()).layers());
    }

    @Test
    void image_survives_the_store(@TempDir Path directory) throws IOException {
        SigningKey key = SigningKey.generate();
        SignatureImage image = SignatureImage.of(sign(key, "reg.example/app:v1"));
        try (DirectoryBlobStore store = new DirectoryBlobStore(directory)) {
            Descriptor stored = image.writeTo(store);
            SignatureImage read = SignatureImage.readFrom(store, stored);
            assertArrayEquals(image.manifest().bytes(), read.manifest().bytes());
            assertEquals(
                    new Verdict.Trusted("reg.example/app:v1"),
                    new Verifier(List.of(key.verificationKey()), new IdentityPolicy.AnyName())
                            .verify(Fixtures.image().digest(), read.layers()));
        }
    }

    @Test
    void payload_that_is_missing_in_the_store_is_left_to_the_verifier(@TempDir Path directory)
            throws IOException {
        SigningKey key = SigningKey.generate();
        SignatureImage image = SignatureImage.of(sign(key, "reg.example/app:v1"));
        try (DirectoryBlobStore store = new DirectoryBlobStore(directory)) {
            Descriptor stored = image.writeTo(store);
            store.delete(image.layers().getFirst().descriptor().digest());
            SignatureImage read = SignatureImage.readFrom(store, stored);
            assertEquals(Optional.empty(), read.layers().getFirst().payload());
        }
    }

    private static SignatureLayer sign(SigningKey key, String name) {
        return new Signer(key).sign(Fixtures.image(), ImageReference.parse(name), Map.of());
    }
}
