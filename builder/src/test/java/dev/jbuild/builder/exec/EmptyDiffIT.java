package dev.jbuild.builder.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.ActiveSnapshot;
import dev.jbuild.overlay.Snapshotter;
import dev.jbuild.overlay.Snapshotters;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerSink;
import dev.jbuild.store.layer.TarEntry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a run leaves in the layer of a real overlay.
class EmptyDiffIT {
    private static final ChainId BASE = new ChainId(Digest.parse("sha256:" + "0".repeat(64)));

    private final Path directory;

    EmptyDiffIT(@TempDir Path directory) {
        this.directory = directory;
    }

    @BeforeAll
    static void checkMachine() throws IOException {
        Busybox.assumeContainers();
    }

    static Stream<OciRuntime> runtimes() {
        return OciRuntime.installed().stream();
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void command_that_changes_nothing_has_an_empty_layer(OciRuntime runtime) throws Exception {
        assertEquals(List.of(), changes(runtime, "true"));
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void command_that_makes_a_file_has_that_file_in_its_layer(OciRuntime runtime) throws Exception {
        assertEquals(List.of("etc", "etc/new"), changes(runtime, "echo x > /etc/new"));
    }

    private List<String> changes(OciRuntime runtime, String script) throws Exception {
        Snapshotter snapshotter =
                Snapshotters.open(
                        directory.resolve("snapshots"),
                        Snapshotters.Choice.OVERLAY,
                        Optional.ofNullable(System.getenv("JBUILD_NAMESPACE")),
                        _ -> {});
        try (ActiveSnapshot base = snapshotter.prepare(Optional.empty())) {
            Busybox.rootfs(base.root());
            base.commit(BASE);
        }
        try (ActiveSnapshot step = snapshotter.prepare(Optional.of(BASE))) {
            OciCommandRunner runner =
                    OciCommandRunner.create(
                            directory.resolve("temporary"),
                            directory.resolve("memo"),
                            List.of(runtime));
            RunSpec spec = RunSpec.of(step.root(), List.of("/bin/sh", "-c", script));
            assertEquals(0, runner.run(spec, _ -> {}));
            Paths paths = new Paths(new ArrayList<>());
            boolean changed = step.diff(paths);
            assertEquals(changed, !paths.seen().isEmpty());
            return paths.seen();
        }
    }

    /// Remembers the paths of a layer.
    private record Paths(List<String> seen) implements LayerSink {
        @Override
        public void add(TarEntry.RegularFile file, InputStream content) {
            seen.add(file.path().toString());
        }

        @Override
        public void add(TarEntry entry) {
            seen.add(entry.path().toString());
        }

        @Override
        public void whiteout(EntryPath path) {
            seen.add("whiteout " + path);
        }

        @Override
        public void opaque(EntryPath path) {
            seen.add("opaque " + path);
        }
    }
}
