package dev.jbuild.overlay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.CopyRequest.Choice;
import dev.jbuild.overlay.CopyRequest.Owner;
import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.Paths;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Copies into a layer without a file system between are those through a snapshot.
class LayerCopierTest implements AwaitsBackgroundWork {
    private static final Instant EPOCH = Instant.ofEpochSecond(1_500_000_000);
    private static final Instant OLD = Instant.ofEpochSecond(1_400_000_000, 5);
    private static final Metadata DOCUMENT = new Metadata(0644, 3, 4, Instant.EPOCH);

    private Path directory = Path.of("");
    private Path context = Path.of("");
    private Snapshotter snapshots;
    private final List<String> warnings = new ArrayList<>();

    @BeforeEach
    void make(@TempDir Path temp) throws IOException {
        assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
                "needs root, to give files to their owners");
        directory = temp;
        context = Files.createDirectory(temp.resolve("context"));
        snapshots = new CopySnapshotter(temp.resolve("snapshots"), warnings::add);
    }

    /// What is done to a root file system.
    private interface Change {
        void apply(CopyTarget target) throws IOException;
    }

    /// A stack of layers, unpacked and known.
    private record Stack(Optional<ChainId> id, List<Recorded> layers) {
        KnownTree known() throws IOException {
            KnownTree tree = KnownTree.EMPTY;
            for (Recorded layer : layers) {
                KnownTree.Reader reader = new KnownTree.Reader(tree);
                reader.add(layer.source());
                tree = writtenAndRead(reader.tree());
            }
            return tree;
        }

        /// As a later build finds it.
        private static KnownTree writtenAndRead(KnownTree tree) throws IOException {
            var bytes = new ByteArrayOutputStream();
            tree.write(new DataOutputStream(bytes));
            var in = new ByteArrayInputStream(bytes.toByteArray());
            KnownTree read = KnownTree.read(new DataInputStream(in));
            assertEquals(0, in.available());
            return read;
        }
    }

    private static final Stack SCRATCH = new Stack(Optional.empty(), List.of());

    @Test
    void a_tree_copied_to_scratch_gives_the_layer_that_a_snapshot_gives() throws IOException {
        new RandomChanges(context, 7).run(60);
        makeOld(context);
        assertSameLayer(SCRATCH, target -> target.copy(all("app/src")));
    }

    @Test
    void links_documents_and_directories_on_top_of_layers_too() throws IOException {
        Stack base =
                layered(
                        root -> {
                            Files.createDirectories(root.resolve("usr/lib"));
                            Files.createSymbolicLink(root.resolve("lib"), Path.of("usr/lib"));
                            Files.writeString(root.resolve("usr/lib/a"), "below");
                        });
        Files.writeString(context.resolve("a"), "far above");
        Files.createLink(context.resolve("b"), context.resolve("a"));
        makeOld(context);
        assertSameLayer(
                base,
                target -> {
                    target.copy(all("lib"));
                    target.makeDirectories(
                            target.resolve("/lib/new/deep"),
                            new Metadata(0755, 8, 9, Instant.EPOCH));
                    target.write(target.resolve("/lib/text"), new byte[] {1, 2}, DOCUMENT);
                });
    }

    @Test
    void fifos_are_copied_as_they_are() throws IOException {
        try (Libc libc = Libc.open();
                Directory parent = Directory.open(libc, context)) {
            parent.makeNode("pipe", 0010640, 0, 0);
        }
        makeOld(context);
        assertSameLayer(SCRATCH, target -> target.copy(all("app")));
        assertSameLayer(layered(root -> {}), target -> target.copy(all("app")));
    }

    @Test
    void random_copies_on_random_layers_give_the_same_layers() throws IOException {
        long[] seeds = Seeds.of(0, 35, 5).toArray();
        AtomicInteger streamed = new AtomicInteger();
        for (long seed : seeds) {
            Seeds.attempt(
                    seed,
                    () -> {
                        if (randomCopies(seed)) {
                            streamed.incrementAndGet();
                        }
                    });
        }
        assertTrue(
                streamed.get() >= seeds.length / 2,
                streamed + " of " + seeds.length + " could be compared");
    }

    @Test
    void a_file_that_may_be_the_one_below_needs_a_snapshot() throws IOException {
        Files.writeString(context.resolve("f"), "same");
        makeOld(context);
        Stack base = layered(root -> new TreeCopier(root, warnings::add).copy(all("")));
        try (LayerCopier copier = new LayerCopier(base.known(), warnings::add, Optional.empty())) {
            copier.copy(all(""));
            assertThrows(NotStreamableException.class, () -> copier.write(new Recorded(), EPOCH));
        }
    }

    @Test
    void what_was_read_is_told_with_the_state_that_stat_gives() throws IOException {
        Path file = Files.writeString(context.resolve("f"), "content");
        Files.setAttribute(file, "user:one", ByteBuffer.wrap("1".getBytes(UTF_8)));
        Files.createLink(context.resolve("g"), file);
        Files.createSymbolicLink(context.resolve("link"), file);
        Files.writeString(context.resolve("unwanted"), "");
        Map<FileState, Digest> read = new ConcurrentHashMap<>();
        ReadFiles told =
                new ReadFiles() {
                    @Override
                    public boolean wants(Path sourceRoot, FileState state) {
                        assertEquals(context, sourceRoot);
                        return state.size() > 0;
                    }

                    @Override
                    public void read(
                            FileState state,
                            SortedMap<String, ByteString> attributes,
                            Digest content) {
                        assertEquals(Map.of("user.one", "1"), texts(attributes));
                        assertNull(read.put(state, content));
                    }
                };
        try (LayerCopier copier =
                new LayerCopier(KnownTree.EMPTY, warnings::add, Optional.of(told))) {
            copier.copy(all(""));
            copier.write(new Recorded(), EPOCH);
        }
        FileState state =
                new FileState(
                        (Long) Files.getAttribute(file, "unix:dev"),
                        (Long) Files.getAttribute(file, "unix:ino"),
                        7,
                        Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS),
                        ((FileTime) Files.getAttribute(file, "unix:ctime"))
                                .to(TimeUnit.NANOSECONDS));
        assertEquals(Map.of(state, Digest.sha256("content".getBytes(UTF_8))), read);
    }

    private static Map<String, String> texts(Map<String, ByteString> attributes) {
        return attributes.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().latin1()));
    }

    @Test
    void a_file_in_the_way_of_a_directory_is_an_error() throws IOException {
        Files.writeString(context.resolve("f"), "");
        try (LayerCopier copier =
                new LayerCopier(KnownTree.EMPTY, warnings::add, Optional.empty())) {
            copier.copy(all("d"));
            IOException e = assertThrows(IOException.class, () -> copier.copy(all("d/f/g")));
            assertEquals("cannot copy to non-directory: '/d/f/g'", e.getMessage());
        }
    }

    /// @return false if a snapshot is needed
    private boolean randomCopies(long seed) throws IOException {
        Random random = new Random(seed);
        Path tree = Files.createDirectory(context.resolve("seed" + seed));
        new RandomChanges(tree, seed).run(40);
        makeOld(tree);
        Stack base = SCRATCH;
        for (int layer = 0; layer < random.nextInt(3); layer++) {
            long changes = seed * 100 + layer;
            base = onTop(base, root -> new RandomChanges(root, changes).run(20));
        }
        List<CopyRequest> requests = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
            requests.add(request(tree, random));
        }
        try {
            assertSameLayer(
                    base,
                    target -> {
                        for (CopyRequest request : requests) {
                            target.copy(request);
                        }
                    });
            return true;
        } catch (NotStreamableException e) {
            return false;
        }
    }

    private static CopyRequest request(Path tree, Random random) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(tree)) {
            all = walk.sorted((a, b) -> Paths.latin1(a).compareTo(Paths.latin1(b))).toList();
        }
        Path source = all.get(random.nextInt(3) == 0 ? 0 : random.nextInt(all.size()));
        String below = Paths.latin1(source).substring(Paths.latin1(tree).length());
        EntryPath path = new EntryPath(below.isEmpty() ? "" : below.substring(1));
        String[] targets = {"a", "b", "c/a", "a/b", "new/dir", "target1", "c"};
        EntryPath target = new EntryPath(targets[random.nextInt(targets.length)]);
        Optional<Owner> owner =
                random.nextBoolean() ? Optional.of(new Owner(7, 8)) : Optional.empty();
        int chosen = random.nextInt();
        CopyRequest request =
                CopyRequest.all(tree, path, target, owner)
                        .withSelection(
                                (entry, isDirectory) ->
                                        switch (Math.floorMod(
                                                entry.latin1().hashCode() ^ chosen, 7)) {
                                            case 0 -> Choice.SKIP;
                                            case 1 ->
                                                    isDirectory ? Choice.LOOK_INSIDE : Choice.TAKE;
                                            default -> Choice.TAKE;
                                        });
        return random.nextBoolean() ? request : request.withMode((mode, _) -> mode & 0755);
    }

    /// Both ways: the same layer and the same tree after it, or the same error.
    private void assertSameLayer(Stack base, Change change) throws IOException {
        Recorded streamed = new Recorded();
        Optional<String> error = Optional.empty();
        KnownTree after = KnownTree.EMPTY;
        boolean streamedChange = false;
        try (LayerCopier copier = new LayerCopier(base.known(), warnings::add, Optional.empty())) {
            change.apply(copier);
            streamedChange = copier.write(streamed, EPOCH);
            after = copier.after(EPOCH);
        } catch (NotStreamableException e) {
            throw e;
        } catch (IOException e) {
            error = Optional.of(String.valueOf(e.getMessage()));
        }
        Recorded copied = new Recorded();
        try (ActiveSnapshot active = snapshots.prepare(base.id())) {
            change.apply(new TreeCopier(active.root(), warnings::add));
            active.normalizeTimes(EPOCH);
            assertEquals(active.diff(copied), streamedChange);
        } catch (IOException e) {
            assertEquals(Optional.of(withoutPlace(e)), error.map(LayerCopierTest::withoutPlace));
            return;
        }
        assertEquals(Optional.empty(), error);
        assertEquals(copied.items, streamed.items);
        List<Recorded> layers = new ArrayList<>(base.layers());
        layers.add(copied);
        assertEquals(new Stack(base.id(), layers).known().entries(), after.entries());
    }

    /// What an error says of the place differs: one knows the snapshot's directory.
    private static String withoutPlace(IOException e) {
        return withoutPlace(String.valueOf(e.getMessage()));
    }

    private static String withoutPlace(String message) {
        return message.replaceAll("'.*'", "'...'");
    }

    private interface Work {
        void on(Path root) throws IOException;
    }

    private Stack layered(Work work) throws IOException {
        return onTop(SCRATCH, work);
    }

    private Stack onTop(Stack base, Work work) throws IOException {
        Recorded layer = new Recorded();
        String text = directory + " " + base.id() + " " + System.identityHashCode(layer);
        ChainId id = new ChainId(Digest.sha256(text.getBytes(StandardCharsets.UTF_8)));
        try (ActiveSnapshot active = snapshots.prepare(base.id())) {
            work.on(active.root());
            active.normalizeTimes(OLD);
            active.diff(layer);
            active.commit(id);
        }
        List<Recorded> layers = new ArrayList<>(base.layers());
        layers.add(layer);
        return new Stack(Optional.of(id), layers);
    }

    private CopyRequest all(String target) {
        return CopyRequest.all(context, EntryPath.ROOT, new EntryPath(target), Optional.empty());
    }

    /// A step gives what changes while it runs another time. Not by java.nio, which opens what it
    /// changes: a fifo would wait.
    private static void makeOld(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree);
                Libc libc = Libc.open()) {
            for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                FileTime now = Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS);
                if (now.toInstant().isAfter(Instant.now().minusSeconds(3600))) {
                    try (Directory parent = Directory.open(libc, path.resolveSibling(""))) {
                        parent.utimes(nameOf(path), OLD);
                    }
                }
            }
        }
    }

    private static String nameOf(Path path) {
        String all = Paths.latin1(path);
        return all.substring(all.lastIndexOf('/') + 1);
    }
}
