package dev.jbuild.signing;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Manifest;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Signs images with one key.
public record Signer(SigningKey key) {

    /// Signs the statement that `image` is called `identity`. The same input gives the same
    /// signature.
    ///
    /// @param image of a manifest or an index
    /// @param identity the name by which it will be pulled, with its tag: verifiers compare it
    /// @param annotations what else to state; may be empty
    public SignatureLayer sign(
            Descriptor image, ImageReference identity, Map<String, String> annotations) {
        byte[] payload = SimpleSigning.of(identity, image.digest(), annotations).encode();
        return SignatureLayer.signed(payload, key.sign(payload));
    }

    /// All that has to be signed so that an image can be verified by any name and for any platform:
    /// the image itself, and every manifest below it if it is an index.
    ///
    /// @param children gives the manifest of a descriptor found in an index
    /// @return each once, the root first
    public static List<Descriptor> targets(Encoded<? extends Manifest> root, Children children)
            throws IOException {
        Map<Digest, Descriptor> found = new LinkedHashMap<>();
        collect(root.value(), root.descriptor(), children, found);
        return List.copyOf(found.values());
    }

    private static void collect(
            Manifest manifest,
            Descriptor descriptor,
            Children children,
            Map<Digest, Descriptor> found)
            throws IOException {
        if (found.putIfAbsent(descriptor.digest(), descriptor) != null) {
            return;
        }
        switch (manifest) {
            case ImageManifest _ -> {}
            case ImageIndex index -> {
                for (Descriptor child : index.manifests()) {
                    collect(children.read(child).value(), child, children, found);
                }
            }
        }
    }

    /// Reads the manifests that an index lists.
    @FunctionalInterface
    public interface Children {
        Encoded<? extends Manifest> read(Descriptor descriptor) throws IOException;
    }
}
