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
        return startsWith(begin, 0x28, 0xb5, 0x2f, 0xfd) || isSkippable(begin)
                ? Optional.of(ZSTD)
                : Optional.empty();
    }

    /// A frame that decoders pass over (RFC 8878, section 3.1.2), which tools put before the first
    /// one.
    private static boolean isSkippable(byte[] begin) {
        return begin.length >= 4
                && (begin[0] & 0xf0) == 0x50
                && begin[1] == 0x2a
                && begin[2] == 0x4d
                && begin[3] == 0x18;
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
