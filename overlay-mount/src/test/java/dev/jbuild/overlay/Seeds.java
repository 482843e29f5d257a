package dev.jbuild.overlay;

import java.util.Random;
import java.util.stream.LongStream;

/// Which seeds a random test takes: some that are always the same, and fresh ones, other each time.
///
/// - `-Djbuild.test.seeds=500`: so many that are always the same,
/// - `-Djbuild.test.first=1000`: beginning with this one,
/// - `-Djbuild.test.fresh=300`: so many fresh ones,
/// - `-Djbuild.test.seed=4711`: this one alone, as the message of a failure asks for.
final class Seeds {
    private static final long FIRST_FRESH = 1_000_000;
    private static final long MOST = 1L << 40;

    private Seeds() {}

    /// @param first the first of those that are always the same
    /// @param fixed how many of them, and `fresh` how many others, if no property says it
    static LongStream of(long first, int fixed, int fresh) {
        Long one = Long.getLong("jbuild.test.seed");
        if (one != null) {
            return LongStream.of(one);
        }
        long from = first + Long.getLong("jbuild.test.first", 0);
        return LongStream.concat(
                LongStream.range(from, from + Long.getLong("jbuild.test.seeds", fixed)),
                new Random()
                        .longs(FIRST_FRESH, MOST)
                        .limit(Long.getLong("jbuild.test.fresh", fresh)));
    }

    /// What a test does with a seed.
    interface Trial {
        void run() throws Exception;
    }

    /// Runs it, and tells the seed of a failure.
    static void attempt(long seed, Trial trial) {
        try {
            trial.run();
        } catch (Exception | AssertionError e) {
            throw new AssertionError(
                    "seed " + seed + " (again by -Djbuild.test.seed=" + seed + "): " + e, e);
        }
    }
}
