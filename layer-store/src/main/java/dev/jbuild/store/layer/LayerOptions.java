package dev.jbuild.store.layer;

import java.time.Instant;
import java.util.Optional;

/// How a layer is written.
///
/// @param level the encoder's own scale: gzip 1 to 9, zstd 1 to 19; of no meaning without
///     compression
/// @param clamp mtimes later than this become this (`SOURCE_DATE_EPOCH`)
public record LayerOptions(Compression compression, int level, Optional<Instant> clamp) {
    /// As small as what podman and buildah write, at half the cost of gzip's own default
    /// (docs/performance.md, "Layers").
    public static final int GZIP_LEVEL = 4;

    public static final int ZSTD_LEVEL = 3;

    /// gzip, mtimes as they are.
    public static final LayerOptions DEFAULT = of(Compression.GZIP);

    public LayerOptions {
        int max =
                switch (compression) {
                    case NONE -> Integer.MAX_VALUE;
                    case GZIP -> 9;
                    case ZSTD -> 19;
                };
        if (level < 1 || level > max) {
            throw new IllegalArgumentException(
                    "invalid compression level "
                            + level
                            + " for "
                            + compression
                            + ": it is 1 to "
                            + max);
        }
    }

    /// A compression at its default level.
    public static LayerOptions of(Compression compression) {
        int level =
                switch (compression) {
                    case NONE -> 1;
                    case GZIP -> GZIP_LEVEL;
                    case ZSTD -> ZSTD_LEVEL;
                };
        return new LayerOptions(compression, level, Optional.empty());
    }

    public LayerOptions withLevel(int level) {
        return new LayerOptions(compression, level, clamp);
    }

    public LayerOptions withClamp(Instant clamp) {
        return new LayerOptions(compression, level, Optional.of(clamp));
    }
}
