package dev.jbuild.builder;

import dev.jbuild.builder.event.BuildEvent;
import dev.jbuild.builder.exec.CommandRunner;
import dev.jbuild.builder.image.ImageAssembler;
import dev.jbuild.builder.image.StoreImages;
import dev.jbuild.builder.plan.BuildPlan;
import dev.jbuild.builder.plan.BuildPlanner;
import dev.jbuild.builder.solve.SolvedStage;
import dev.jbuild.builder.solve.Solver;
import dev.jbuild.builder.solve.StepCache;
import dev.jbuild.builder.solve.StepExecutor;
import dev.jbuild.builder.source.BuildContext;
import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.DockerfileParser;
import dev.jbuild.dockerfile.Source;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.overlay.Snapshotter;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Builds images: parse, plan, solve, assemble.
public final class ImageBuilder {
    private final Store store;
    private final Supplier<Snapshotter> snapshots;
    private final Supplier<CommandRunner> runner;
    private final StoreImages.Source source;

    /// @param snapshots asked for when the first step has to be executed, as is the runner: a build
    ///     whose steps are all known needs neither
    /// @param source where base images come from that the store doesn't have
    public ImageBuilder(
            Store store,
            Supplier<Snapshotter> snapshots,
            Supplier<CommandRunner> runner,
            StoreImages.Source source) {
        this.store = store;
        this.snapshots = snapshots;
        this.runner = runner;
        this.source = source;
    }

    /// @param events told from several threads
    /// @throws dev.jbuild.dockerfile.DockerfileException if the Dockerfile can't be built; it names
    ///     the line
    /// @throws dev.jbuild.builder.solve.StepFailedException if a command of it failed
    public BuildResult build(BuildRequest request, Consumer<BuildEvent> events)
            throws IOException, InterruptedException {
        Path file = request.dockerfile().orElseGet(() -> request.context().resolve("Dockerfile"));
        requireContext(request.context());
        StoreImages images = new StoreImages(store, source);
        Dockerfile dockerfile = parse(file);
        BuildPlan plan = BuildPlanner.plan(dockerfile, request.plan(), images);
        StepCache cache = new StepCache(store.cacheDirectory().resolve("steps"), store.blobs());
        try (BuildContext context =
                BuildContext.open(
                        request.context(), file, store.cacheDirectory().resolve("files"))) {
            StepExecutor executor =
                    new StepExecutor(
                            store,
                            snapshots,
                            runner,
                            images,
                            context,
                            dockerfile,
                            request.options());
            SolvedStage solved = new Solver(executor, cache, request.options(), events).solve(plan);
            Encoded<ImageManifest> manifest =
                    new ImageAssembler(store).assemble(solved, request.names());
            return new BuildResult(manifest, plan.warnings());
        }
    }

    private static void requireContext(Path context) throws IOException {
        if (!Files.exists(context)) {
            throw new NoSuchFileException(
                    context.toString(), null, "there is no such build context");
        }
        if (!Files.isDirectory(context)) {
            throw new FileSystemException(
                    context.toString(), null, "the build context has to be a directory");
        }
    }

    private static Dockerfile parse(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new FileSystemException(
                    file.toString(), null, "a directory, no Dockerfile; name one with -f FILE");
        }
        try {
            return DockerfileParser.parse(Source.of(file.toString(), Files.readAllBytes(file)));
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException(
                    file.toString(), null, "there is no Dockerfile here; name it with -f FILE");
        }
    }
}
