package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ErrorCode;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.MediaType;
import dev.jbuild.registry.server.storage.ManifestContent;
import dev.jbuild.registry.server.storage.ManifestIndex;
import java.util.Optional;

/// What clients may push as a manifest.
final class ManifestCheck {
    private ManifestCheck() {}

    /// @param digest of the bytes
    /// @param contentType the request's, without parameters
    static ManifestIndex.Addition read(byte[] bytes, Digest digest, Optional<MediaType> contentType)
            throws DistributionException {
        ManifestIndex.Addition addition = parse(bytes, digest, contentType);
        MediaType type = addition.descriptor().mediaType();
        if (contentType.isPresent() && !contentType.get().equals(type)) {
            throw invalid("it was sent as '" + contentType.get() + "', but it is '" + type + "'");
        }
        return addition;
    }

    private static ManifestIndex.Addition parse(
            byte[] bytes, Digest digest, Optional<MediaType> contentType)
            throws DistributionException {
        try {
            return ManifestContent.read(bytes, digest, contentType);
        } catch (InvalidJsonException e) {
            throw invalid(String.valueOf(e.getMessage()));
        }
    }

    private static DistributionException invalid(String why) {
        return new DistributionException(ErrorCode.MANIFEST_INVALID, "invalid manifest: " + why);
    }
}
