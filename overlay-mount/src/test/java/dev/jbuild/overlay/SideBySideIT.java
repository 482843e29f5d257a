package dev.jbuild.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Digest;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerSource;
import dev.jbuild.store.layer.TarEntry;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Layers of one stack that are unpacked at the same time.
@Timeout(60)
class SideBySideIT implements AwaitsBackgroundWork {
    private static final ChainId BASE = id("base");
    private static final ChainId TOP = id("top");

    private Path store = Path.of("");

    @BeforeEach
    void check(@TempDir Path directory) throws IOException {
        Namespaces.assumePrivateMounts();
        store = directory;
    }

    @Test
    void layer_is_read_to_its_end_before_the_one_below_it_is_begun() throws Exception {
        Recorded base = new Recorded().directory("d").file("d/a", "1");
        Recorded top = new Recorded().directory("d").file("d/b", "2");
        Tested tested = new Tested(base, top);
        tested.unpackTopFirst();
        try (SnapshotView view = tested.snapshotter.view(TOP)) {
            assertEquals("1", Files.readString(view.root().resolve("d/a")));
            assertEquals("2", Files.readString(view.root().resolve("d/b")));
        }
    }

    @Test
    void root_that_the_layer_does_not_have_is_as_the_one_below() throws Exception {
        Recorded base = new Recorded();
        base.add(new TarEntry.Directory(EntryPath.ROOT, Recorded.metadata(0711)));
        Tested tested = new Tested(base, new Recorded().file("b", "2"));
        tested.unpackTopFirst();
        try (SnapshotView view = tested.snapshotter.view(TOP)) {
            assertEquals(0711, (int) Files.getAttribute(view.root(), "unix:mode") & 07777);
            assertEquals(
                    Recorded.metadata(0).mtime(),
                    Files.getLastModifiedTime(view.root()).toInstant());
        }
    }

    @Test
    void what_depends_on_the_layer_below_waits_for_it() throws Exception {
        Recorded base = new Recorded().directory("d", 0700).file("d/a", "1").file("gone", "1");
        base.symlink("s", "d");
        Recorded top = new Recorded().file("s/b", "2").hardLink("link", "d/a");
        top.whiteout(EntryPath.of("gone"));
        top.whiteout(EntryPath.of("never"));
        Tested tested = new Tested(base, top);
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> above = executor.submit(tested.top());
            executor.submit(tested.base()).get();
            above.get();
        }
        try (SnapshotView view = tested.snapshotter.view(TOP)) {
            assertEquals(List.of("d", "link", "s"), names(view.root()));
            assertEquals(List.of("a", "b"), names(view.root().resolve("d")));
            assertEquals(
                    0700, (int) Files.getAttribute(view.root().resolve("d"), "unix:mode") & 07777);
            assertEquals("1", Files.readString(view.root().resolve("link")));
        }
    }

    @Test
    void layer_whose_parent_fails_leaves_nothing() throws IOException {
        Tested tested = new Tested(new Recorded(), new Recorded().file("b", "2"));
        tested.parentFails = true;
        assertThrows(
                InterruptedIOException.class, () -> tested.snapshotter.unpack(tested.topLayer()));
        assertEquals(Set.of(), tested.snapshotter.list());
        assertEquals(List.of(), unfinished());
    }

    @Test
    void layer_whose_parent_is_not_there_in_the_end_is_no_snapshot() throws IOException {
        Tested tested = new Tested(new Recorded(), new Recorded().file("b", "2"));
        tested.baseDone.countDown();
        IOException e =
                assertThrows(IOException.class, () -> tested.snapshotter.unpack(tested.topLayer()));
        assertTrue(e.toString().contains("unpack its layers first"), e.toString());
        assertFalse(tested.snapshotter.exists(TOP));
        assertEquals(List.of(), unfinished());
    }

    @Test
    void one_layer_is_read_once_by_however_many_want_it() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                OverlaySnapshotter snapshotter = snapshotter(); // each as if of another process
                all.add(
                        executor.submit(
                                () -> {
                                    snapshotter.unpack(
                                            new Counted(opened, new Recorded().file("a", "1")));
                                    return null;
                                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        assertEquals(1, opened.get());
        assertTrue(snapshotter().exists(BASE));
    }

    @Test
    void layer_of_a_process_that_is_killed_is_unpacked_by_the_one_that_waited() throws Exception {
        Process victim = OtherProcess.start(Stuck.class, store.toString());
        try (var out = victim.inputReader(StandardCharsets.UTF_8);
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            assertEquals("unpacking", out.readLine());
            AtomicInteger opened = new AtomicInteger();
            Future<?> waiting =
                    executor.submit(
                            () -> {
                                snapshotter()
                                        .unpack(new Counted(opened, new Recorded().file("a", "1")));
                                return null;
                            });
            Thread.sleep(200);
            assertEquals(0, opened.get(), "it has not waited");
            victim.destroyForcibly().waitFor();
            waiting.get();
            assertEquals(1, opened.get());
        }
        snapshotter().prepare(Optional.of(BASE)).close();
        assertEquals(List.of(), unfinished());
    }

    /// Begins to unpack a layer, says so, and never ends.
    static final class Stuck {
        public static void main(String[] arguments) throws Exception {
            var endless =
                    new LayerSource() {
                        @Override
                        public Optional<TarEntry> next() throws IOException {
                            OtherProcess.say("unpacking");
                            try {
                                Thread.sleep(60_000);
                            } catch (InterruptedException e) {
                                throw new IOException(e);
                            }
                            return Optional.empty();
                        }

                        @Override
                        public InputStream content() {
                            return InputStream.nullInputStream();
                        }

                        @Override
                        public void close() {}
                    };
            new OverlaySnapshotter(
                            Path.of(arguments[0]),
                            warning -> {
                                throw new AssertionError(warning);
                            })
                    .unpack(Optional.empty(), BASE, endless);
        }
    }

    /// Two layers, of which the upper one waits for the lower one as in a build.
    private final class Tested {
        final OverlaySnapshotter snapshotter = snapshotter();
        final CountDownLatch topRead = new CountDownLatch(1);
        final CountDownLatch baseDone = new CountDownLatch(1);
        private final Recorded base;
        private final Recorded top;
        boolean parentFails;

        Tested(Recorded base, Recorded top) {
            this.base = base;
            this.top = top;
        }

        void unpackTopFirst() throws Exception {
            try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> above = executor.submit(top());
                topRead.await();
                assertFalse(snapshotter.exists(BASE));
                executor.submit(base()).get();
                above.get();
            }
        }

        Callable<Void> base() {
            return () -> {
                snapshotter.unpack(Optional.empty(), BASE, base.source());
                baseDone.countDown();
                return null;
            };
        }

        Callable<Void> top() {
            return () -> {
                snapshotter.unpack(topLayer());
                return null;
            };
        }

        StackedLayer topLayer() {
            return new StackedLayer() {
                @Override
                public ChainId id() {
                    return TOP;
                }

                @Override
                public Optional<ChainId> parent() {
                    return Optional.of(BASE);
                }

                @Override
                public LayerSource open() {
                    return top.source();
                }

                @Override
                public void awaitParent() throws IOException {
                    topRead.countDown();
                    if (parentFails) {
                        throw new InterruptedIOException("the parent failed");
                    }
                    try {
                        baseDone.await();
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                }
            };
        }
    }

    /// Counts how often it is opened, and takes its time.
    private record Counted(AtomicInteger opened, Recorded layer) implements StackedLayer {
        @Override
        public ChainId id() {
            return BASE;
        }

        @Override
        public Optional<ChainId> parent() {
            return Optional.empty();
        }

        @Override
        public LayerSource open() throws IOException {
            opened.incrementAndGet();
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return layer.source();
        }

        @Override
        public void awaitParent() {
            // there is none
        }
    }

    private OverlaySnapshotter snapshotter() {
        return new OverlaySnapshotter(
                store,
                warning -> {
                    throw new AssertionError(warning);
                });
    }

    private List<String> unfinished() throws IOException {
        try (var files = Files.walk(store.resolve("active"), 2)) {
            return files.filter(file -> file.getNameCount() == store.getNameCount() + 3)
                    .map(Path::toString)
                    .toList();
        }
    }

    private static List<String> names(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static ChainId id(String text) {
        return new ChainId(Digest.sha256(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
