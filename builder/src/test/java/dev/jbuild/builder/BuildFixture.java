package dev.jbuild.builder;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jbuild.builder.event.BuildEvent;
import dev.jbuild.builder.exec.OciCommandRunner;
import dev.jbuild.builder.plan.PlanRequest;
import dev.jbuild.builder.solve.SolveOptions;
import dev.jbuild.dockerfile.Source;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.ImageConfig;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import dev.jbuild.overlay.Snapshotters;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.layer.LayerReader;
import dev.jbuild.store.layer.LayerSource;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/// A store and a build context in a temporary directory, with real mounts and a real runtime. The
/// context has a busybox in `rootfs`, from which a first stage makes a system that can run
/// commands.
final class BuildFixture implements AutoCloseable {
    static final Instant INPUT_TIME = Instant.parse("2024-02-03T04:05:06Z");
    static final ImageReference NAME = ImageReference.parse("test:latest");
    static final String SYSTEM = "FROM scratch AS system\nCOPY rootfs /\n";
    private static final Path BUSYBOX = Path.of("/bin/busybox");
    private static final List<String> APPLETS =
            List.of(
                    "sh", "cat", "chmod", "cmp", "echo", "head", "ln", "ls", "mkdir", "rm", "sleep",
                    "stat", "test", "touch", "true", "id");

    final Path context;
    final Store store;
    final List<String> warnings = new CopyOnWriteArrayList<>();
    final List<BuildEvent> events = new CopyOnWriteArrayList<>();

    private BuildFixture(Path context, Store store) {
        this.context = context;
        this.store = store;
    }

    /// Skips the test loudly where it can't run.
    static void assumePossible() throws IOException {
        assumeTrue(
                namespace().isPresent(),
                "SKIPPED: needs root in a private mount namespace: run ./test");
        assumeTrue(
                Files.isExecutable(BUSYBOX), "SKIPPED: needs Debian's busybox-static: run ./test");
    }

    static BuildFixture create(Path directory) throws IOException {
        Path context = Files.createDirectories(directory.resolve("context"));
        Path bin = Files.createDirectories(context.resolve("rootfs/bin"));
        Files.copy(BUSYBOX, bin.resolve("busybox"), StandardCopyOption.COPY_ATTRIBUTES);
        for (String applet : APPLETS) {
            Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
        }
        BuildFixture fixture = new BuildFixture(context, Store.open(directory.resolve("store")));
        fixture.write(
                "rootfs/etc/passwd",
                "root:x:0:0:root:/root:/bin/sh\napp:x:1234:1235::/app:/bin/sh\n");
        return fixture;
    }

    /// The same context with an empty store.
    BuildFixture withStore(Path root) throws IOException {
        return new BuildFixture(context, Store.open(root));
    }

    /// With a store that the caller closes.
    BuildFixture on(Store other) {
        return new BuildFixture(context, other);
    }

    static Optional<String> namespace() throws IOException {
        String entered = System.getenv("JBUILD_NAMESPACE");
        boolean own =
                entered != null
                        && entered.equals(
                                Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString());
        return own ? Optional.of(entered) : Optional.empty();
    }

    void write(String path, String content) throws IOException {
        Path file = context.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        Files.setLastModifiedTime(file, FileTime.from(INPUT_TIME));
    }

    BuildResult build(String dockerfile) throws IOException, InterruptedException {
        return build(dockerfile, new SolveOptions(true, Optional.empty()));
    }

    BuildResult build(String dockerfile, SolveOptions options)
            throws IOException, InterruptedException {
        write("Dockerfile", dockerfile);
        events.clear();
        return builder()
                .build(
                        new BuildRequest(
                                context,
                                DockerfilePlace.standard(),
                                List.of(NAME),
                                new PlanRequest(
                                        Optional.empty(), Map.of(), Map.of(), Platform.host()),
                                options),
                        events::add);
    }

    /// With a Dockerfile that is in no file, so that several can be built of one context.
    BuildResult buildOf(String dockerfile) throws IOException, InterruptedException {
        return builder()
                .build(
                        new BuildRequest(
                                context,
                                new DockerfilePlace.Given(Source.of("Dockerfile", dockerfile)),
                                List.of(NAME),
                                new PlanRequest(
                                        Optional.empty(), Map.of(), Map.of(), Platform.host()),
                                new SolveOptions(true, Optional.empty())),
                        events::add);
    }

    ImageBuilder builder() {
        return new ImageBuilder(
                store,
                () -> {
                    try {
                        return Snapshotters.open(
                                store.snapshotsDirectory(),
                                Snapshotters.Choice.OVERLAY,
                                namespace(),
                                warnings::add);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                () -> {
                    try {
                        return OciCommandRunner.create(
                                store.temp().directory(),
                                store.cacheDirectory().resolve("runtime"));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                (reference, platform) -> {
                    throw new IOException("no registry in this test");
                });
    }

    ImageConfig config(BuildResult result) throws IOException {
        return new ImageDocuments(store.blobs()).config(result.manifest().value());
    }

    /// The entries of the image's topmost layer by path.
    Map<String, TarEntry> topLayer(BuildResult result) throws IOException {
        Descriptor top = result.manifest().value().layers().getLast();
        Map<String, TarEntry> entries = new LinkedHashMap<>();
        try (LayerSource source = LayerReader.open(store.blobs(), top)) {
            for (Optional<TarEntry> next = source.next(); next.isPresent(); next = source.next()) {
                entries.put(next.get().path().toString(), next.get());
            }
        }
        return entries;
    }

    /// How many snapshots there are on disk.
    long snapshots() throws IOException {
        try (var all = Files.walk(store.snapshotsDirectory())) {
            return all.filter(path -> path.endsWith("record")).count();
        }
    }

    /// An entry of the image's topmost layer.
    TarEntry topEntry(BuildResult result, String path) throws IOException {
        TarEntry entry = topLayer(result).get(path);
        if (entry == null) {
            throw new AssertionError("no '" + path + "' in " + topLayer(result).keySet());
        }
        return entry;
    }

    /// The instructions that were executed, not found in the cache.
    List<String> executed() {
        List<String> texts = new ArrayList<>();
        for (BuildEvent event : events) {
            if (event instanceof BuildEvent.StepStarted started) {
                texts.add(started.text());
            }
        }
        return texts;
    }

    List<String> output() {
        List<String> lines = new ArrayList<>();
        for (BuildEvent event : events) {
            if (event instanceof BuildEvent.StepOutput out) {
                lines.add(out.line());
            }
        }
        return lines;
    }

    @Override
    public void close() throws IOException {
        awaitBackgroundWork();
        store.close();
        assertTrue(
                Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                        .noneMatch(line -> line.contains(store.root().toString())),
                "a mount was left behind");
    }

    /// Until then a snapshotter may still note in its directory what has reached the disk.
    static void awaitBackgroundWork() {
        try {
            for (Thread thread : Thread.getAllStackTraces().keySet()) {
                if (thread.getName().equals("snapshots-to-disk")) {
                    thread.join();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
