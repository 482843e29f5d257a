package dev.jbuild.oci;

/// A media type without parameters, such as `application/vnd.oci.image.manifest.v1+json`.
public record MediaType(String value) {
    public static final MediaType OCI_MANIFEST =
            new MediaType("application/vnd.oci.image.manifest.v1+json");
    public static final MediaType OCI_INDEX =
            new MediaType("application/vnd.oci.image.index.v1+json");
    public static final MediaType OCI_CONFIG =
            new MediaType("application/vnd.oci.image.config.v1+json");
    public static final MediaType OCI_LAYER =
            new MediaType("application/vnd.oci.image.layer.v1.tar");
    public static final MediaType OCI_LAYER_GZIP =
            new MediaType("application/vnd.oci.image.layer.v1.tar+gzip");
    public static final MediaType OCI_LAYER_ZSTD =
            new MediaType("application/vnd.oci.image.layer.v1.tar+zstd");
    public static final MediaType OCI_EMPTY = new MediaType("application/vnd.oci.empty.v1+json");
    public static final MediaType DOCKER_MANIFEST =
            new MediaType("application/vnd.docker.distribution.manifest.v2+json");
    public static final MediaType DOCKER_LIST =
            new MediaType("application/vnd.docker.distribution.manifest.list.v2+json");
    public static final MediaType DOCKER_CONFIG =
            new MediaType("application/vnd.docker.container.image.v1+json");
    public static final MediaType DOCKER_LAYER_GZIP =
            new MediaType("application/vnd.docker.image.rootfs.diff.tar.gzip");
    public static final MediaType DOCKER_LAYER =
            new MediaType("application/vnd.docker.image.rootfs.diff.tar");
    public static final MediaType DOCKER_FOREIGN_LAYER =
            new MediaType("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");

    public MediaType {
        if (value.isBlank() || value.indexOf(';') >= 0) {
            throw new IllegalArgumentException(
                    "invalid media type '" + value + "': it is blank or has parameters");
        }
    }

    /// Reads a `Content-Type`, whose parameters are dropped.
    public static MediaType parse(String contentType) {
        int end = contentType.indexOf(';');
        return new MediaType((end < 0 ? contentType : contentType.substring(0, end)).strip());
    }

    /// An OCI index or a docker manifest list.
    public boolean isIndex() {
        return equals(OCI_INDEX) || equals(DOCKER_LIST);
    }

    /// An OCI or docker image manifest.
    public boolean isImageManifest() {
        return equals(OCI_MANIFEST) || equals(DOCKER_MANIFEST);
    }

    /// A layer of a file system, however compressed; not what artifacts and attestations have in
    /// place of layers.
    public boolean isLayer() {
        return value.startsWith("application/vnd.oci.image.layer.")
                || value.startsWith("application/vnd.docker.image.rootfs.");
    }

    /// A layer that a registry need not hold (image-spec 1.1, layer.md, "Non-Distributable Layers",
    /// and docker's foreign ones).
    public boolean isNonDistributable() {
        return value.startsWith("application/vnd.oci.image.layer.nondistributable.v1.")
                || equals(DOCKER_FOREIGN_LAYER);
    }

    @Override
    public String toString() {
        return value;
    }
}
