package dev.jbuild.builder;

import static dev.jbuild.builder.BuildFixture.SYSTEM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.builder.upkeep.PruneRequest;
import dev.jbuild.builder.upkeep.Pruner;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.overlay.SnapshotInventory;
import dev.jbuild.store.check.StoreCheck;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Builds that begin while everything they could use is old enough to go, beside others that remove
/// it. Each opens the store for itself, as a process does.
class PruneRaceIT extends InBuildFixture {
    private static final int ROUNDS = 8;
    private static final int BUILDERS = 2;

    /// Of a build that shares its first steps with the others.
    private static final String STEPS =
            SYSTEM
                    + """
                    RUN echo 1 > /one
                    RUN echo 2 > /two
                    FROM system
                    COPY --from=system /bin/busybox /copy
                    RUN echo %d > /own && test -s /copy
                    """;

    private Path root;
    private final AtomicInteger removed = new AtomicInteger();

    @BeforeEach
    void open() throws Exception {
        root = directory.resolve("shared");
    }

    @Test
    void no_build_fails_because_of_a_prune_and_no_prune_because_of_a_build() throws Exception {
        Set<List<Descriptor>> images = new HashSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            try (Store store = Store.open(root)) {
                age(store);
            }
            images.addAll(race());
        }
        assertEquals(BUILDERS, images.size(), "a build gave different layers");
        assertTrue(removed.get() > 0, "nothing was removed in any round");
        BuildFixture.awaitBackgroundWork();
        assertTrue(
                Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                        .noneMatch(line -> line.contains(root.toString())));
        try (Store store = Store.open(root)) {
            assertEquals(List.of(), new StoreCheck(store).run().damages());
            try (SnapshotInventory snapshots = SnapshotInventory.open(store.snapshotsDirectory())) {
                assertEquals(List.of(), snapshots.check());
            }
        }
    }

    private List<List<Descriptor>> race() throws Exception {
        List<Callable<Optional<List<Descriptor>>>> tasks = new ArrayList<>();
        CyclicBarrier start = new CyclicBarrier(BUILDERS + 3);
        for (int i = 0; i < BUILDERS; i++) {
            int own = i;
            tasks.add(
                    () -> {
                        start.await();
                        return Optional.of(build(own));
                    });
        }
        tasks.add(pruning(start, PruneRequest.Reach.ALL, OptionalLong.empty()));
        tasks.add(pruning(start, PruneRequest.Reach.LEFTOVERS, OptionalLong.empty()));
        tasks.add(pruning(start, PruneRequest.Reach.ALL, OptionalLong.of(1)));
        List<List<Descriptor>> layers = new ArrayList<>();
        try (ExecutorService threads =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            for (Future<Optional<List<Descriptor>>> result : threads.invokeAll(tasks)) {
                result(result).ifPresent(layers::add);
            }
        }
        return layers;
    }

    private static <T> T result(Future<T> future) throws Exception {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new AssertionError("a build or a prune failed", e.getCause());
        }
    }

    private List<Descriptor> build(int own) throws Exception {
        // its own mounts can't be told from those of the others: see the end of the test
        try (Store store = Store.open(root)) {
            return fixture.on(store).buildOf(STEPS.formatted(own)).manifest().value().layers();
        }
    }

    private Callable<Optional<List<Descriptor>>> pruning(
            CyclicBarrier start, PruneRequest.Reach reach, OptionalLong limit) {
        return () -> {
            start.await();
            for (int i = 0; i < 6; i++) {
                try (Store store = Store.open(root);
                        Pruner pruner = Pruner.open(store)) {
                    PruneRequest all =
                            new PruneRequest(
                                    Set.of(PruneRequest.Kind.values()),
                                    reach,
                                    Optional.empty(),
                                    OptionalLong.empty(),
                                    limit);
                    var gone = pruner.carryOut(pruner.plan(all));
                    removed.addAndGet(gone.snapshots().size() + gone.blobs().size());
                }
                Thread.sleep(20);
            }
            return Optional.empty();
        };
    }

    /// As if nothing had been used for an hour, nobody being there.
    private static void age(Store store) throws IOException {
        FileTime old = FileTime.from(Instant.now().minus(Duration.ofHours(1)));
        for (String part : List.of("blobs", "cache/steps", "snapshots")) {
            Path directory = store.root().resolve(part);
            if (!Files.isDirectory(directory)) {
                continue;
            }
            try (Stream<Path> files =
                    Files.find(
                            directory,
                            part.equals("snapshots") ? 4 : 9,
                            (path, attributes) -> attributes.isRegularFile())) {
                for (Path file : files.toList()) {
                    try {
                        Files.setLastModifiedTime(file, old);
                    } catch (NoSuchFileException _) {
                        // removed meanwhile: nothing is left to age
                    }
                }
            }
        }
    }
}
