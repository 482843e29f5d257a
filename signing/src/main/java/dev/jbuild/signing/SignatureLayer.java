package dev.jbuild.signing;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/// One signature as it is stored: a layer of a [SignatureImage]. Its content is the signed payload,
/// the signature is an annotation of its descriptor. Nothing in it is believed before a [Verifier]
/// has looked at it.
public final class SignatureLayer {
    /// The media type of the payload.
    public static final MediaType MEDIA_TYPE =
            new MediaType("application/vnd.dev.cosign.simplesigning.v1+json");

    static final String SIGNATURE = "dev.cosignproject.cosign/signature";

    private final Descriptor descriptor;
    private final Optional<byte[]> payload;

    private SignatureLayer(Descriptor descriptor, Optional<byte[]> payload) {
        this.descriptor = descriptor;
        this.payload = payload;
    }

    /// A layer as read.
    ///
    /// @param payload the content found under the descriptor's digest, or empty if there is none
    public static SignatureLayer of(Descriptor descriptor, Optional<byte[]> payload) {
        return new SignatureLayer(descriptor, payload.map(byte[]::clone));
    }

    static SignatureLayer signed(byte[] payload, byte[] signature) {
        Map<String, String> annotations =
                Map.of(SIGNATURE, Base64.getEncoder().encodeToString(signature));
        return new SignatureLayer(
                Descriptor.of(MEDIA_TYPE, payload).withAnnotations(annotations),
                Optional.of(payload.clone()));
    }

    public Descriptor descriptor() {
        return descriptor;
    }

    /// A copy of the signed bytes, if they are at hand.
    public Optional<byte[]> payload() {
        return payload.map(byte[]::clone);
    }

    /// Whether the payload is the one the descriptor names.
    boolean isIntact() {
        return payload.isPresent()
                && Digest.of(descriptor.digest().algorithm(), payload.get())
                        .equals(descriptor.digest());
    }

    /// The signature's bytes, or empty if the annotation is missing or no base64.
    Optional<byte[]> signature() {
        String base64 = descriptor.annotations().get(SIGNATURE);
        if (base64 == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // the caller reports it as malformed
        }
    }

    /// Whether that key made this signature.
    boolean isBy(VerificationKey key) {
        return payload.isPresent()
                && signature().filter(bytes -> key.verifies(payload.get(), bytes)).isPresent();
    }

    @Override
    public String toString() {
        return "signature layer " + descriptor.digest();
    }
}
