package dev.jbuild.store.layer;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// How a new layer is compressed, and by what. Only [#GZIP], [#ZSTD] and [#NONE] need nothing of
/// the machine, and only [#GZIP] and [#NONE] give the same bytes on every one
/// (docs/decisions/0006-layer-compression.md).
public enum LayerEncoding {
    NONE("none", Compression.NONE, 1, 1),

    /// jbuild's own deflate.
    GZIP("gzip", Compression.GZIP, 9, 2),

    /// The JDK's zlib.
    GZIP_JDK("gzip:jdk", Compression.GZIP, 9, 4),

    /// The system's libdeflate, if there is one.
    GZIP_LIBDEFLATE("gzip:libdeflate", Compression.GZIP, 12, 3),

    /// The system's ISA-L, if there is one.
    GZIP_ISAL("gzip:isal", Compression.GZIP, 3, 3),

    /// The libzstd that zstd-jni brings.
    ZSTD("zstd", Compression.ZSTD, 19, 3);

    private final String label;
    private final Compression compression;
    private final int maxLevel;
    private final int defaultLevel;

    LayerEncoding(String label, Compression compression, int maxLevel, int defaultLevel) {
        this.label = label;
        this.compression = compression;
        this.maxLevel = maxLevel;
        this.defaultLevel = defaultLevel;
    }

    /// As it is chosen by a user: `gzip`, `gzip:jdk`, `gzip:libdeflate`, `gzip:isal`,
    /// `zstd` or `none`.
    ///
    /// @throws IllegalArgumentException if it is none of them
    public static LayerEncoding parse(String label) {
        Optional<LayerEncoding> found =
                Arrays.stream(values()).filter(one -> one.label.equals(label)).findFirst();
        return found.orElseThrow(
                () ->
                        new IllegalArgumentException(
                                "unknown compression '"
                                        + label
                                        + "': it is one of "
                                        + Arrays.stream(values())
                                                .map(LayerEncoding::label)
                                                .collect(Collectors.joining(", "))));
    }

    /// The encoding that a compression has unless another is chosen.
    public static LayerEncoding of(Compression compression) {
        return switch (compression) {
            case NONE -> NONE;
            case GZIP -> GZIP;
            case ZSTD -> ZSTD;
        };
    }

    public String label() {
        return label;
    }

    public Compression compression() {
        return compression;
    }

    /// Levels go from 1 to this, each encoder's own scale.
    public int maxLevel() {
        return maxLevel;
    }

    public int defaultLevel() {
        return defaultLevel;
    }
}
