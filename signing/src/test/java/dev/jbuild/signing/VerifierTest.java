package dev.jbuild.signing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.MediaType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What is trusted, and each way in which it isn't.
class VerifierTest {
    private static final SigningKey KEY = SigningKey.generate();
    private static final ImageReference NAME = ImageReference.parse("reg.example/app:v1");
    private static final Digest IMAGE = Fixtures.image().digest();
    private static final SignatureLayer GOOD =
            new Signer(KEY).sign(Fixtures.image(), NAME, Map.of("env", "prod"));

    @Test
    void signed_name_is_trusted() {
        assertEquals(new Verdict.Trusted("reg.example/app:v1"), verify(GOOD));
    }

    @Test
    void signatures_of_cosign_are_trusted() throws IOException {
        Verifier verifier =
                new Verifier(
                        List.of(Fixtures.verificationKey("cosign.pub")),
                        new IdentityPolicy.SameName(Fixtures.NAME));
        assertEquals(
                new Verdict.Trusted("127.0.0.1:5055/t/x:v1"),
                verifier.verify(Fixtures.IMAGE, Fixtures.signatures().layers()));
    }

    @Test
    void ed25519_signature_of_cosign_is_trusted() throws IOException {
        Verifier verifier =
                new Verifier(
                        List.of(Fixtures.verificationKey("ed.pub")), new IdentityPolicy.AnyName());
        assertEquals(
                new Verdict.Trusted("127.0.0.1:5055/t/x:ed"),
                verifier.verify(Fixtures.IMAGE, Fixtures.signatures().layers()));
    }

    @Test
    void name_without_a_tag_as_cosign_signs_is_of_the_repository_but_not_the_name()
            throws IOException {
        SignatureLayer untagged = Fixtures.signatures().layers().getFirst();
        VerificationKey key = Fixtures.verificationKey("cosign.pub");
        assertEquals(
                new Verdict.Trusted("127.0.0.1:5055/t/x"),
                new Verifier(List.of(key), new IdentityPolicy.SameRepository(Fixtures.NAME))
                        .verify(Fixtures.IMAGE, List.of(untagged)));
        assertEquals(
                "the image was signed as '127.0.0.1:5055/t/x', not as '127.0.0.1:5055/t/x:v1'",
                reason(
                        new Verifier(List.of(key), new IdentityPolicy.SameName(Fixtures.NAME))
                                .verify(Fixtures.IMAGE, List.of(untagged))));
    }

    @Test
    void any_of_several_keys_will_do() {
        Verifier verifier =
                new Verifier(
                        List.of(SigningKey.generate().verificationKey(), KEY.verificationKey()),
                        new IdentityPolicy.SameName(NAME));
        assertInstanceOf(Verdict.Trusted.class, verifier.verify(IMAGE, List.of(GOOD)));
    }

    @Test
    void good_signature_after_a_bad_one_is_found() {
        SignatureLayer other =
                new Signer(SigningKey.generate()).sign(Fixtures.image(), NAME, Map.of());
        assertInstanceOf(Verdict.Trusted.class, verify(other, GOOD));
    }

    @Test
    void image_without_signatures_is_not_trusted() {
        Verdict.Untrusted verdict = assertInstanceOf(Verdict.Untrusted.class, verify());
        assertEquals("no signature of " + IMAGE, verdict.reason());
        assertEquals(
                "sign it with 'jbuild sign', or look whether its signatures were copied along with it (tag "
                        + SignatureImage.tag(IMAGE)
                        + ")",
                verdict.remedy());
    }

    @Test
    void signature_by_another_key_is_not_trusted() {
        SignatureLayer other =
                new Signer(SigningKey.generate()).sign(Fixtures.image(), NAME, Map.of());
        assertEquals(
                "the signature was not made by the key "
                        + KEY.verificationKey()
                        + ", or the payload was edited after signing",
                reason(verify(other)));
    }

    @Test
    void edited_payload_under_the_old_digest_is_not_trusted() {
        byte[] edited = edit(GOOD, "prod", "test");
        assertEquals(
                "the signed payload is not "
                        + GOOD.descriptor().digest()
                        + ": it was edited or damaged after signing",
                reason(verify(SignatureLayer.of(GOOD.descriptor(), Optional.of(edited)))));
    }

    @Test
    void edited_payload_under_its_own_digest_is_not_trusted() {
        byte[] edited = edit(GOOD, "prod", "test");
        Descriptor descriptor =
                Descriptor.of(SignatureLayer.MEDIA_TYPE, edited)
                        .withAnnotations(GOOD.descriptor().annotations());
        assertEquals(
                "the signature was not made by the key "
                        + KEY.verificationKey()
                        + ", or the payload was edited after signing",
                reason(verify(SignatureLayer.of(descriptor, Optional.of(edited)))));
    }

    @Test
    void missing_payload_is_not_trusted() {
        assertEquals(
                "the signed payload " + GOOD.descriptor().digest() + " is missing",
                reason(verify(SignatureLayer.of(GOOD.descriptor(), Optional.empty()))));
    }

    @Test
    void signature_moved_from_another_image_is_not_trusted() {
        Descriptor other =
                Descriptor.of(MediaType.OCI_MANIFEST, "another".getBytes(StandardCharsets.UTF_8));
        SignatureLayer moved = new Signer(KEY).sign(other, NAME, Map.of());
        assertEquals(
                "the signature is for " + other.digest() + ", not for this image, " + IMAGE,
                reason(verify(moved)));
    }

    @Test
    void another_tag_is_not_the_same_name() {
        SignatureLayer other =
                new Signer(KEY)
                        .sign(
                                Fixtures.image(),
                                ImageReference.parse("reg.example/app:v2"),
                                Map.of());
        assertEquals(
                "the image was signed as 'reg.example/app:v2', not as 'reg.example/app:v1'",
                reason(verify(other)));
    }

    @Test
    void by_digest_any_tag_of_the_repository_is_the_same_name() {
        ImageReference byDigest = ImageReference.parse("reg.example/app@" + IMAGE);
        Verifier verifier =
                new Verifier(List.of(KEY.verificationKey()), new IdentityPolicy.SameName(byDigest));
        assertInstanceOf(Verdict.Trusted.class, verifier.verify(IMAGE, List.of(GOOD)));
    }

    @Test
    void repository_with_a_longer_name_is_another_one() {
        IdentityPolicy policy = new IdentityPolicy.SameRepository(NAME);
        assertEquals(false, policy.accepts("reg.example/application:v1"));
        assertEquals(false, policy.accepts("reg.example/app/sub:v1"));
        assertEquals(false, policy.accepts("evil.reg.example/app:v1"));
    }

    @Test
    void signature_that_is_no_base64_is_malformed() {
        Descriptor descriptor =
                GOOD.descriptor()
                        .withAnnotations(Map.of("dev.cosignproject.cosign/signature", "%%%"));
        assertEquals(
                "the signature of "
                        + descriptor.digest()
                        + " is missing or not base64 (annotation dev.cosignproject.cosign/signature)",
                reason(verify(SignatureLayer.of(descriptor, GOOD.payload()))));
    }

    @Test
    void signed_payload_that_is_no_simple_signing_is_malformed() {
        byte[] payload = "{\"critical\":{}}".getBytes(StandardCharsets.UTF_8);
        SignatureLayer layer = SignatureLayer.signed(payload, KEY.sign(payload));
        assertEquals("signed payload: 'optional' is missing", reason(verify(layer)));
    }

    @Test
    void annotation_can_not_stand_in_for_the_payload() {
        Descriptor lying =
                new Descriptor(
                                SignatureLayer.MEDIA_TYPE,
                                GOOD.descriptor().digest(),
                                GOOD.descriptor().size())
                        .withAnnotations(
                                Map.of(
                                        "dev.cosignproject.cosign/signature",
                                        "MEUCIQ==",
                                        "docker-reference",
                                        NAME.toString()));
        assertInstanceOf(Verdict.Untrusted.class, verify(SignatureLayer.of(lying, GOOD.payload())));
    }

    @Test
    void layer_of_another_kind_is_no_signature() {
        byte[] content = "{}".getBytes(StandardCharsets.UTF_8);
        assertEquals(
                "a layer of type 'application/vnd.oci.empty.v1+json' is no signature",
                reason(
                        verify(
                                SignatureLayer.of(
                                        Descriptor.of(MediaType.OCI_EMPTY, content),
                                        Optional.of(content)))));
    }

    @Test
    void each_bad_signature_gets_its_reason() {
        SignatureLayer missing = SignatureLayer.of(GOOD.descriptor(), Optional.empty());
        SignatureLayer other =
                new Signer(KEY)
                        .sign(
                                Fixtures.image(),
                                ImageReference.parse("reg.example/app:v2"),
                                Map.of());
        assertEquals(
                "none of the 2 signatures is good: 1) the signed payload "
                        + GOOD.descriptor().digest()
                        + " is missing; 2) the image was signed as 'reg.example/app:v2', not as 'reg.example/app:v1'",
                reason(verify(missing, other)));
    }

    @Test
    void no_key_is_a_mistake_of_the_caller() {
        IdentityPolicy policy = new IdentityPolicy.AnyName();
        assertThrows(IllegalArgumentException.class, () -> new Verifier(List.of(), policy));
    }

    private static Verdict verify(SignatureLayer... layers) {
        return new Verifier(List.of(KEY.verificationKey()), new IdentityPolicy.SameName(NAME))
                .verify(IMAGE, List.of(layers));
    }

    private static String reason(Verdict verdict) {
        return assertInstanceOf(Verdict.Untrusted.class, verdict).reason();
    }

    private static byte[] edit(SignatureLayer layer, String old, String replacement) {
        return new String(layer.payload().orElseThrow(), StandardCharsets.UTF_8)
                .replace(old, replacement)
                .getBytes(StandardCharsets.UTF_8);
    }
}
