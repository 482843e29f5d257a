package dev.jbuild.signing;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.InvalidJsonException;
import java.util.ArrayList;
import java.util.List;

/// Decides whether an image is signed by one of some keys, under a name that is accepted.
///
/// @param keys any of them will do
public record Verifier(List<VerificationKey> keys, IdentityPolicy policy) {
    public Verifier {
        keys = List.copyOf(keys);
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("no key to verify with");
        }
    }

    /// Looks at the signatures in order and trusts the first good one.
    ///
    /// @param image the digest of the very manifest that will be used
    /// @param signatures the layers of the image's [SignatureImage]; none if there is no such image
    /// @return [Verdict.Untrusted] names what is wrong with each signature
    public Verdict verify(Digest image, List<SignatureLayer> signatures) {
        if (signatures.isEmpty()) {
            return new Verdict.Untrusted(
                    "no signature of " + image,
                    "sign it with 'jbuild sign', or look whether its signatures were copied along with it (tag "
                            + SignatureImage.tag(image)
                            + ")");
        }
        List<Verdict.Untrusted> refusals = new ArrayList<>();
        for (SignatureLayer signature : signatures) {
            switch (verify(image, signature)) {
                case Verdict.Trusted trusted -> {
                    return trusted;
                }
                case Verdict.Untrusted untrusted -> refusals.add(untrusted);
            }
        }
        return refusals.size() == 1 ? refusals.getFirst() : all(refusals);
    }

    /// The payload is read only after its signature has been found good.
    private Verdict verify(Digest image, SignatureLayer layer) {
        if (!layer.descriptor().mediaType().equals(SignatureLayer.MEDIA_TYPE)) {
            return new Verdict.Untrusted(
                    "a layer of type '" + layer.descriptor().mediaType() + "' is no signature",
                    "sign the image with 'jbuild sign' or cosign");
        }
        if (layer.payload().isEmpty()) {
            return new Verdict.Untrusted(
                    "the signed payload " + layer.descriptor().digest() + " is missing",
                    "copy the signatures again from where the image came from");
        }
        if (!layer.isIntact()) {
            return new Verdict.Untrusted(
                    "the signed payload is not "
                            + layer.descriptor().digest()
                            + ": it was edited or damaged after signing",
                    "do not use the image; fetch it and its signatures again from a source you trust");
        }
        if (layer.signature().isEmpty()) {
            return new Verdict.Untrusted(
                    "the signature of "
                            + layer.descriptor().digest()
                            + " is missing or not base64 (annotation "
                            + SignatureLayer.SIGNATURE
                            + ")",
                    "sign the image again");
        }
        if (keys.stream().noneMatch(layer::isBy)) {
            return new Verdict.Untrusted(
                    "the signature was not made by "
                            + (keys.size() == 1
                                    ? "the key " + keys.getFirst()
                                    : "any of the " + keys.size() + " keys")
                            + ", or the payload was edited after signing",
                    "verify with the public key of whoever signed the image");
        }
        return verifyContent(image, layer);
    }

    private Verdict verifyContent(Digest image, SignatureLayer layer) {
        SimpleSigning signed;
        try {
            signed = SimpleSigning.parse(layer.payload().orElseThrow());
        } catch (InvalidJsonException e) {
            return new Verdict.Untrusted(
                    String.valueOf(e.getMessage()),
                    "sign the image again with 'jbuild sign' or cosign");
        }
        if (!signed.digest().equals(image)) {
            return new Verdict.Untrusted(
                    "the signature is for " + signed.digest() + ", not for this image, " + image,
                    "do not use the image: the signature was moved here from another one");
        }
        if (!policy.accepts(signed.identity())) {
            return new Verdict.Untrusted(
                    "the image was signed as '"
                            + signed.identity()
                            + "', not as "
                            + policy.expectation(),
                    "ask for it by the name it was signed with, sign it under this name too, or accept other names");
        }
        return new Verdict.Trusted(signed.identity());
    }

    private static Verdict all(List<Verdict.Untrusted> refusals) {
        StringBuilder reasons = new StringBuilder("none of the ");
        reasons.append(refusals.size()).append(" signatures is good");
        List<String> remedies = new ArrayList<>();
        for (int i = 0; i < refusals.size(); i++) {
            Verdict.Untrusted refusal = refusals.get(i);
            reasons.append(i == 0 ? ": " : "; ")
                    .append(i + 1)
                    .append(") ")
                    .append(refusal.reason());
            if (!remedies.contains(refusal.remedy())) {
                remedies.add(refusal.remedy());
            }
        }
        return new Verdict.Untrusted(reasons.toString(), String.join("; or ", remedies));
    }
}
