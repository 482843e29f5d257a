package dev.jbuild.store.deflate;

/// How hard matches are looked for.
///
/// @param ways earlier positions of the same hash that are looked at: 1, or a multiple of 4
/// @param lazyBelow matches shorter than this wait for what the next position has; 0 for none
/// @param dense whether more positions inside a match are kept
/// @param nice a match of this length is good enough
record Effort(int ways, int lazyBelow, boolean dense, int nice) {
    static final int LEVELS = 9;

    /// Each level costs more and gives less (docs/performance.md, "Layers").
    static Effort of(int level) {
        return switch (level) {
            case 1 -> new Effort(1, 0, false, 8);
            case 2 -> new Effort(1, 8, true, 8);
            case 3 -> new Effort(4, 0, false, 32);
            case 4 -> new Effort(4, 16, false, 32);
            case 5 -> new Effort(4, 16, true, 64);
            case 6 -> new Effort(8, 32, true, 128);
            case 7 -> new Effort(16, 64, true, 128);
            case 8 -> new Effort(32, 128, true, 258);
            case 9 -> new Effort(64, 258, true, 258);
            default ->
                    throw new IllegalArgumentException(
                            "invalid deflate level " + level + ": it is 1 to " + LEVELS);
        };
    }
}
