package dev.jbuild.signing;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// What cosign 2.5 of Debian 13 made, with the passphrase `throw-away` (`nopass.key`: none): an
/// ECDSA and an Ed25519 key, and the `.sig` of [#IMAGE] with three signatures: by cosign.key
/// without a tag and with the annotation env=prod, by cosign.key as t/x:v1, by ed.key as t/x:ed.
final class Fixtures {
    static final Digest IMAGE =
            Digest.parse("sha256:e71067a1b2eb6ec962d17c8c76974b89a1c43e60e7199574452a3648e5c58e46");
    static final ImageReference NAME = ImageReference.parse("127.0.0.1:5055/t/x:v1");

    private Fixtures() {}

    static byte[] bytes(String file) {
        try (InputStream in =
                Objects.requireNonNull(
                        Fixtures.class.getResourceAsStream("cosign/" + file), file)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new AssertionError(file, e);
        }
    }

    static Passphrase passphrase() {
        return Passphrase.of("throw-away".toCharArray());
    }

    static SigningKey signingKey(String file) throws IOException {
        try (Passphrase passphrase = passphrase()) {
            return KeyFile.decrypt(bytes(file), passphrase);
        }
    }

    static VerificationKey verificationKey(String file) throws IOException {
        return VerificationKey.parsePem(bytes(file));
    }

    static ImageManifest signatureManifest() throws IOException {
        return OciJson.readImageManifest(bytes("signatures.json"), Optional.empty()).value();
    }

    static SignatureImage signatures() throws IOException {
        ImageManifest manifest = signatureManifest();
        Map<Digest, byte[]> payloads = new HashMap<>();
        for (Descriptor layer : manifest.layers()) {
            payloads.put(layer.digest(), bytes("sha256-" + layer.digest().hex()));
        }
        return SignatureImage.read(manifest, payloads);
    }

    /// Some image.
    static Descriptor image() {
        return Descriptor.of(MediaType.OCI_MANIFEST, "an image".getBytes(StandardCharsets.UTF_8));
    }
}
