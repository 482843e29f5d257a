package dev.jbuild.builder;

import dev.jbuild.builder.event.BuildEvent;
import dev.jbuild.builder.exec.CommandRunner;
import dev.jbuild.builder.image.ImageAssembler;
import dev.jbuild.builder.image.KnownBaseImages;
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
import dev.jbuild.dockerfile.Reading;
import dev.jbuild.dockerfile.check.CheckReport;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.overlay.Snapshotter;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
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
        DockerfileText.requireContext(request.context());
        StoreImages images = new StoreImages(store, source);
        Reading reading = DockerfileParser.read(request.dockerfile().read(request.context()));
        Dockerfile dockerfile = DockerfileText.withoutSecrets(reading.require());
        BuildPlan plan = BuildPlanner.plan(dockerfile, request.plan(), images);
        check(reading, request, events);
        StepCache cache = new StepCache(store);
        try (BuildContext context =
                BuildContext.open(
                        request.context(),
                        request.dockerfile().ignoreFile(request.context()),
                        indexes(request.context()),
                        store.temp().directory())) {
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

    /// Tells what the checks found. Comes after the plan, which has brought the base images into
    /// the store, and has refused what can't be built.
    private void check(Reading reading, BuildRequest request, Consumer<BuildEvent> events)
            throws IOException {
        CheckReport report =
                DockerfileCheck.check(
                        reading,
                        request.plan(),
                        request.dockerfile().ignoreFile(request.context()).read(),
                        new KnownBaseImages(store));
        events.accept(
                new BuildEvent.Checked(
                        DockerfileText.withoutSecrets(reading.source()), report.findings()));
        if (report.error().isPresent()) {
            throw report.error().get();
        }
        if (report.failure().isPresent()) {
            throw new IOException(report.failure().get());
        }
    }

    /// Files of a context that was made for this build alone are never seen again.
    private Optional<Path> indexes(Path context) {
        return context.startsWith(store.temp().directory())
                ? Optional.empty()
                : Optional.of(store.cacheDirectory().resolve("files"));
    }
}
