package dev.jbuild.registry.server.transfer;

import dev.jbuild.oci.Digest;

/// What both sides know of an OCI image layout (image-spec 1.1, image-layout.md).
final class Layouts {
    static final String MARK = "oci-layout";
    static final String INDEX = "index.json";
    static final String BLOBS = "blobs";

    /// The content of [#MARK].
    static final String VERSION = "{\"imageLayoutVersion\":\"1.0.0\"}";

    /// Says whose an entry of the index is that has no tag, and so no name.
    static final String REPOSITORY = "dev.jbuild.registry.repository";

    /// The most bytes of an index, so that it can be held in memory: some 70,000 tags.
    static final int LARGEST_INDEX = 16 << 20;

    static final int LARGEST_MANIFEST = 4 << 20;

    private Layouts() {}

    static String path(Digest digest) {
        return BLOBS + "/" + digest.algorithm().token() + "/" + digest.hex();
    }
}
