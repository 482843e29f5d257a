package dev.jbuild.store.layer;

import dev.jbuild.oci.MediaType;
import java.util.Optional;

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

    /// What the first bytes of a layer say, four of them at most; empty if it isn't compressed.
    public static Optional<Compression> detect(byte[] begin) {
        if (startsWith(begin, 0x1f, 0x8b)) {
            return Optional.of(GZIP);
        }
        return startsWith(begin, 0x28, 0xb5, 0x2f, 0xfd) ? Optional.of(ZSTD) : Optional.empty();
    }

    static boolean startsWith(byte[] bytes, int... magic) {
        if (bytes.length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((bytes[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }
}
