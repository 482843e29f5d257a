package dev.jbuild.store.layer;

import java.time.Instant;
import java.util.Optional;

/// How a layer is written.
///
/// @param level the encoder's own scale, 1 to [LayerEncoding#maxLevel]
/// @param clamp mtimes later than this become this (`SOURCE_DATE_EPOCH`)
public record LayerOptions(LayerEncoding encoding, int level, Optional<Instant> clamp) {
    /// gzip, mtimes as they are.
    public static final LayerOptions DEFAULT = of(LayerEncoding.GZIP);

    public LayerOptions {
        if (level < 1 || level > encoding.maxLevel()) {
            throw new IllegalArgumentException(
                    "invalid compression level "
                            + level
                            + " for '"
                            + encoding.label()
                            + "': it is 1 to "
                            + encoding.maxLevel());
        }
    }

    /// An encoding at its default level.
    public static LayerOptions of(LayerEncoding encoding) {
        return new LayerOptions(encoding, encoding.defaultLevel(), Optional.empty());
    }

    /// A compression by its default encoder, at its default level.
    public static LayerOptions of(Compression compression) {
        return of(LayerEncoding.of(compression));
    }

    public Compression compression() {
        return encoding.compression();
    }

    /// The encoder with version and level, as [Layer#encoder] has it: all that the compressed bytes
    /// are a function of, besides the content. Loads no native code.
    public String encoder() {
        return switch (encoding) {
            case NONE -> PlainEncoder.DESCRIPTION;
            case GZIP -> JavaDeflater.description(level);
            case GZIP_JDK -> JdkDeflater.description(level);
            case GZIP_LIBDEFLATE -> LibdeflateEncoder.description(level);
            case GZIP_ISAL -> IsalDeflater.description(level);
            case ZSTD -> ZstdEncoder.description(level);
        };
    }

    public LayerOptions withLevel(int level) {
        return new LayerOptions(encoding, level, clamp);
    }

    public LayerOptions withClamp(Instant clamp) {
        return new LayerOptions(encoding, level, Optional.of(clamp));
    }
}
