package dev.jbuild.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.ContainerConfig;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageConfig;
import dev.jbuild.oci.ImageConfigJson;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.layer.Layer;
import dev.jbuild.store.layer.LayerCopy;
import dev.jbuild.store.layer.LayerOptions;
import dev.jbuild.store.layer.LayerWriter;
import dev.jbuild.store.layer.TarWriter;
import dev.jbuild.store.layout.Store;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// GNU tar and umoci make the same trees of our layers as we do.
class OtherUnpackersIT implements AwaitsBackgroundWork {
    private static final Instant EPOCH = Instant.ofEpochSecond(1_500_000_000);

    private Path temp = Path.of("");

    @BeforeEach
    void check(@TempDir Path directory) throws IOException {
        Namespaces.assumePrivateMounts();
        assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
                "needs root, to give files to others");
        for (String program : List.of("/usr/bin/tar", "/usr/bin/umoci")) {
            assumeTrue(Files.isExecutable(Path.of(program)), "needs " + program);
        }
        temp = directory;
    }

    static LongStream seeds() {
        return Seeds.of(100_000, 2, 1);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void gnu_tar(long seed) {
        Seeds.attempt(seed, () -> byTar(seed));
    }

    private void byTar(long seed) throws Exception {
        Snapshotter snapshotter = new OverlaySnapshotter(temp.resolve("store"), warning -> {});
        Recorded layer = new Recorded();
        ChainId id = id("tar", seed);
        change(snapshotter, Optional.empty(), id, seed, layer);
        Path tar = temp.resolve("layer.tar");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(tar))) {
            TarWriter writer = new TarWriter(out);
            LayerCopy.copy(layer.source(), writer);
            writer.finish();
        }
        Path root = Files.createDirectory(temp.resolve("root"));
        run(
                "tar",
                "--xattrs",
                "--xattrs-include=*",
                "--numeric-owner",
                "-p",
                "--delay-directory-restore",
                "-C",
                root.toString(),
                "-xf",
                tar.toString());
        try (SnapshotView view = snapshotter.view(id)) {
            Trees.assertSame(below(view.root()), below(root), "by tar");
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void umoci(long seed) {
        Seeds.attempt(seed, () -> byUmoci(seed));
    }

    private void byUmoci(long seed) throws Exception {
        Snapshotter snapshotter = new OverlaySnapshotter(temp.resolve("snapshots"), warning -> {});
        Path bundle = temp.resolve("bundle");
        Optional<ChainId> parent = Optional.empty();
        try (Store store = Store.open(temp.resolve("store"))) {
            List<Layer> layers = new ArrayList<>();
            for (int round = 0; round < 3; round++) {
                Recorded recorded = new Recorded();
                ChainId id = id("umoci" + round, seed);
                change(snapshotter, parent, id, seed * 10 + round, recorded);
                parent = Optional.of(id);
                try (LayerWriter writer = LayerWriter.open(store.blobs(), LayerOptions.DEFAULT)) {
                    LayerCopy.copy(recorded.source(), writer);
                    layers.add(writer.commit());
                }
            }
            name(store, layers);
            run(
                    "umoci",
                    "unpack",
                    "--image",
                    store.root() + ":docker.io/library/app:v1",
                    bundle.toString());
        }
        try (SnapshotView view = snapshotter.view(parent.orElseThrow())) {
            Trees.assertSame(
                    withoutEmpty(below(view.root())),
                    withoutEmpty(below(bundle.resolve("rootfs"))),
                    "by umoci");
        }
    }

    /// Go takes a PAX record without a value for one that is not there (as POSIX says), and so do
    /// docker, podman and umoci: attributes without a value are lost on them.
    private static List<String> withoutEmpty(List<String> lines) {
        String empty = "=" + Digest.sha256(new byte[0]).shortHex();
        return lines.stream()
                .map(line -> line.replaceAll("n\n?\\d" + empty + "(, )?", "").replace(", }", "}"))
                .toList();
    }

    private static void name(Store store, List<Layer> layers) throws IOException {
        List<DiffId> diffIds = layers.stream().map(Layer::diffId).toList();
        List<Descriptor> descriptors = layers.stream().map(Layer::descriptor).toList();
        var config =
                ImageConfigJson.encode(
                        new ImageConfig(
                                Optional.empty(),
                                Optional.empty(),
                                Platform.host(),
                                ContainerConfig.EMPTY,
                                diffIds,
                                List.of()));
        store.blobs().write(config.bytes());
        var manifest = OciJson.encode(ImageManifest.of(config.descriptor(), descriptors));
        store.blobs().write(manifest.bytes());
        store.images().put(ImageReference.parse("app:v1"), manifest.descriptor());
    }

    /// Without the root, whose metadata is in a layer only if it was changed.
    private static List<String> below(Path root) throws IOException {
        List<String> lines = Trees.describe(root);
        return lines.subList(1, lines.size());
    }

    private static void change(
            Snapshotter snapshotter, Optional<ChainId> parent, ChainId id, long seed, Recorded to)
            throws IOException {
        try (ActiveSnapshot active = snapshotter.prepare(parent)) {
            new RandomChanges(active.root(), seed, RandomChanges.Rights.ROOT).run(30);
            active.normalizeTimes(EPOCH);
            active.diff(to);
            active.commit(id);
        }
    }

    private static ChainId id(String what, long seed) {
        return new ChainId(Digest.sha256((what + " " + seed).getBytes(StandardCharsets.US_ASCII)));
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertEquals(0, process.waitFor(), () -> List.of(command) + ": " + output);
    }
}
