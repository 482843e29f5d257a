package dev.jbuild.builder;

import dev.jbuild.builder.exec.CommandRunner;
import dev.jbuild.builder.exec.Privileges;
import dev.jbuild.builder.exec.RunSpec;
import dev.jbuild.builder.exec.UserLookup;
import dev.jbuild.builder.image.StoreImages;
import dev.jbuild.builder.plan.BaseImage;
import dev.jbuild.builder.solve.FileSystemState;
import dev.jbuild.builder.solve.SnapshotChains;
import dev.jbuild.oci.ContainerConfig;
import dev.jbuild.oci.Platform;
import dev.jbuild.overlay.ActiveSnapshot;
import dev.jbuild.overlay.Snapshotter;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Runs images. What a container writes is gone when it ends.
public final class ImageRunner {
    private static final String HOSTNAME = "jbuild";

    private final Store store;
    private final Snapshotter snapshots;
    private final CommandRunner runner;
    private final StoreImages images;

    /// @param source where an image comes from that the store doesn't have
    public ImageRunner(
            Store store, Snapshotter snapshots, CommandRunner runner, StoreImages.Source source) {
        this.store = store;
        this.snapshots = snapshots;
        this.runner = runner;
        this.images = new StoreImages(store, source);
    }

    /// @return the exit code of the container's process
    public int run(RunRequest request) throws IOException, InterruptedException {
        BaseImage image = images.resolve(request.image(), Platform.host());
        images.fetchLayers(image);
        List<String> args = args(request, image.config().config());
        FileSystemState files = FileSystemState.of(image);
        SnapshotChains chains = new SnapshotChains(snapshots, store.blobs());
        try (ActiveSnapshot snapshot = snapshots.prepare(chains.require(files))) {
            return runner.run(
                    spec(request, image.config().config(), args, snapshot.root()), line -> {});
        }
    }

    private static List<String> args(RunRequest request, ContainerConfig config)
            throws IOException {
        List<String> args = new ArrayList<>();
        if (request.entrypoint().isPresent()) {
            args.add(request.entrypoint().get());
            args.addAll(request.command());
        } else {
            args.addAll(config.entrypoint().orElse(List.of()));
            args.addAll(
                    request.command().isEmpty()
                            ? config.cmd().orElse(List.of())
                            : request.command());
        }
        if (args.isEmpty()) {
            throw new IOException(
                    "image "
                            + request.image().familiar()
                            + " has neither ENTRYPOINT nor CMD; say what to run: jbuild run "
                            + request.image().familiar()
                            + " COMMAND");
        }
        return args;
    }

    private static RunSpec spec(
            RunRequest request, ContainerConfig config, List<String> args, Path root)
            throws IOException {
        String workingDir = request.workingDir().orElse(config.workingDir());
        return new RunSpec(
                root,
                args,
                environment(config.env(), request.env()),
                workingDir.isEmpty() ? "/" : workingDir,
                UserLookup.resolve(root, request.user().orElse(config.user())),
                request.network(),
                HOSTNAME,
                List.of(),
                List.of(),
                Privileges.DEFAULT,
                false,
                request.stdio());
    }

    private static List<String> environment(List<String> image, List<String> own) {
        Map<String, String> all = new LinkedHashMap<>();
        for (List<String> entries : List.of(image, own)) {
            for (String entry : entries) {
                int equals = entry.indexOf('=');
                all.put(entry.substring(0, equals), entry.substring(equals + 1));
            }
        }
        List<String> environment = new ArrayList<>();
        all.forEach((name, value) -> environment.add(name + "=" + value));
        return environment;
    }
}
