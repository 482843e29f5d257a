package dev.jbuild.store.layer;

import dev.jbuild.oci.MediaType;

/// How a layer is stored.
public enum Compression {
    NONE(MediaType.OCI_LAYER),
    GZIP(MediaType.OCI_LAYER_GZIP),
    ZSTD(MediaType.OCI_LAYER_ZSTD);

    private final MediaType mediaType;

    Compression(MediaType mediaType) {
        this.mediaType = mediaType;
    }

    /// The OCI media type of a layer stored so.
    public MediaType mediaType() {
        return mediaType;
    }

    /// What the media type of a layer says, OCI's or docker's. The content decides when a layer is
    /// read: some tools name it wrongly.
    public static Compression of(MediaType mediaType) {
        String value = mediaType.value();
        if (value.endsWith("gzip")) {
            return GZIP;
        }
        return value.endsWith("zstd") ? ZSTD : NONE;
    }
}
