package dev.jbuild.signing;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.InvalidDigestException;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// What a signature signs: the name and the digest of an image ("simple signing",
/// containers/image's container-signature(5), in cosign's variant).
///
/// @param identity the name the signer gave to the image, such as `registry.example/app:v1`
/// @param digest of the signed manifest or index
/// @param optional whatever else the signer says; text where it is an annotation of jbuild's or
///     cosign's
public record SimpleSigning(String identity, Digest digest, Map<String, Json> optional) {
    private static final String DOCUMENT = "signed payload";
    private static final String TYPE = "cosign container image signature";

    public SimpleSigning {
        optional = Map.copyOf(optional);
    }

    /// @param annotations of the signer's choosing
    static SimpleSigning of(
            ImageReference identity, Digest digest, Map<String, String> annotations) {
        Map<String, Json> optional = new LinkedHashMap<>();
        annotations.forEach((name, value) -> optional.put(name, Json.of(value)));
        return new SimpleSigning(identityOf(identity), digest, optional);
    }

    /// Repository and tag; the repository alone for a name by digest.
    static String identityOf(ImageReference name) {
        return name.registry()
                + "/"
                + name.repository()
                + name.tag().map(tag -> ":" + tag).orElse("");
    }

    /// The bytes to sign, which depend on the value alone.
    public byte[] encode() {
        return Json.object()
                .put(
                        "critical",
                        Json.object()
                                .put(
                                        "identity",
                                        Json.object().put("docker-reference", identity).build())
                                .put(
                                        "image",
                                        Json.object()
                                                .put("docker-manifest-digest", digest.toString())
                                                .build())
                                .put("type", TYPE)
                                .build())
                .put(
                        "optional",
                        optional.isEmpty()
                                ? new Json.Null()
                                : new Json.Obj(new TreeMap<>(optional)))
                .build()
                .encode();
    }

    /// Reads a payload whose signature has been verified. Strict: what is not understood might
    /// limit what was signed.
    ///
    /// @throws InvalidJsonException if a member is missing, unknown or given twice
    public static SimpleSigning parse(byte[] payload) throws InvalidJsonException {
        JsonMembers root = JsonMembers.parse(DOCUMENT, payload);
        expectMembers(root, Set.of("critical", "optional"));
        JsonMembers critical = root.requiredObject("critical");
        expectMembers(critical, Set.of("identity", "image", "type"));
        JsonMembers identity = critical.requiredObject("identity");
        expectMembers(identity, Set.of("docker-reference"));
        JsonMembers image = critical.requiredObject("image");
        expectMembers(image, Set.of("docker-manifest-digest"));
        String type = critical.requiredText("type");
        if (!type.equals(TYPE)) {
            throw new InvalidJsonException(
                    DOCUMENT + ": its type is '" + type + "' in place of '" + TYPE + "'");
        }
        return new SimpleSigning(
                identity.requiredText("docker-reference"),
                digest(image.requiredText("docker-manifest-digest")),
                root.object("optional").map(o -> o.object().members()).orElse(Map.of()));
    }

    private static Digest digest(String text) throws InvalidJsonException {
        try {
            return Digest.parse(text);
        } catch (InvalidDigestException e) {
            throw new InvalidJsonException(DOCUMENT + ": " + e.getMessage(), e);
        }
    }

    private static void expectMembers(JsonMembers json, Set<String> names)
            throws InvalidJsonException {
        for (String name : json.object().members().keySet()) {
            if (!names.contains(name)) {
                throw new InvalidJsonException(
                        json.document() + ": the member '" + name + "' is unknown");
            }
        }
        for (String name : names) {
            if (!json.object().members().containsKey(name)) {
                throw new InvalidJsonException(json.document() + ": '" + name + "' is missing");
            }
        }
    }
}
