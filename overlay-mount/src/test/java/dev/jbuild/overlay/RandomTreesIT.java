package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random changes to random trees on a real overlay: what is written into layers is all that
/// happened, whichever snapshotter finds it and whichever unpacks it. More seeds than the few of
/// `./test`: [Seeds].
class RandomTreesIT implements AwaitsBackgroundWork {
    private static final int ROUNDS = 4;
    private static final int CHANGES = 25;
    private static final Instant EPOCH = Instant.ofEpochSecond(1_500_000_000);

    private Path temp = Path.of("");

    @BeforeEach
    void check(@TempDir Path directory) throws IOException {
        Namespaces.assumePrivateMounts();
        temp = directory;
    }

    static LongStream seeds() {
        return Seeds.of(0, 5, 2);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void both_snapshotters_give_the_same_layers_and_these_give_the_same_trees(long seed) {
        Seeds.attempt(seed, () -> givesTheSame(seed));
    }

    private void givesTheSame(long seed) throws IOException {
        Snapshotter overlay = new OverlaySnapshotter(temp.resolve("overlay"), this::unexpected);
        Snapshotter copy = new CopySnapshotter(temp.resolve("copy"), this::unexpected);
        Snapshotter unpackedOverlay =
                new OverlaySnapshotter(temp.resolve("unpacked-overlay"), this::unexpected);
        Snapshotter unpackedCopy =
                new CopySnapshotter(temp.resolve("unpacked-copy"), this::unexpected);
        Optional<ChainId> parent = Optional.empty();
        for (int round = 0; round < ROUNDS; round++) {
            ChainId id = id(seed, round);
            long changes = seed * 1000 + round;
            Recorded layer = change(overlay, parent, id, changes);
            Trees.assertSame(
                    layer.lines(),
                    change(copy, parent, id, changes).lines(),
                    "layer by overlay and by copy, round " + round);
            unpackedOverlay.unpack(parent, id, layer.source());
            unpackedCopy.unpack(parent, id, layer.source());
            try (SnapshotView expected = overlay.view(id);
                    SnapshotView copied = copy.view(id);
                    SnapshotView first = unpackedOverlay.view(id);
                    SnapshotView second = unpackedCopy.view(id)) {
                var tree = Trees.describe(expected.root());
                Trees.assertSame(tree, Trees.describe(copied.root()), "copied, round " + round);
                Trees.assertSame(tree, Trees.describe(first.root()), "unpacked, round " + round);
                Trees.assertSame(tree, Trees.describe(second.root()), "over copy, round " + round);
            }
            parent = Optional.of(id);
        }
    }

    private static Recorded change(
            Snapshotter snapshotter, Optional<ChainId> parent, ChainId id, long seed)
            throws IOException {
        Recorded layer = new Recorded();
        try (ActiveSnapshot active = snapshotter.prepare(parent)) {
            new RandomChanges(active.root(), seed, RandomChanges.Rights.ROOT).run(CHANGES);
            active.normalizeTimes(EPOCH);
            active.diff(layer);
            active.commit(id);
        }
        return layer;
    }

    private static ChainId id(long seed, int round) {
        String text = "random " + seed + " " + round;
        return new ChainId(Digest.sha256(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private void unexpected(String warning) {
        if (!warning.contains("is a socket")) {
            throw new AssertionError(warning);
        }
    }
}
