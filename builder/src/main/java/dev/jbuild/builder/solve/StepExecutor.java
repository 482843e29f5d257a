package dev.jbuild.builder.solve;

import dev.jbuild.builder.event.BuildEvent;
import dev.jbuild.builder.event.BuildEvent.StepId;
import dev.jbuild.builder.exec.CommandRunner;
import dev.jbuild.builder.exec.UserLookup;
import dev.jbuild.builder.plan.BaseImage;
import dev.jbuild.builder.plan.Step;
import dev.jbuild.builder.remote.Limits;
import dev.jbuild.builder.remote.RemoteFiles;
import dev.jbuild.builder.source.BuildContext;
import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.ActiveSnapshot;
import dev.jbuild.overlay.Snapshotter;
import dev.jbuild.overlay.TreeCopier;
import dev.jbuild.store.TempSpace;
import dev.jbuild.store.layer.LayerWriter;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Executes steps: each in a snapshot of its own, whose changes become a layer. Safe for use by
/// several threads.
public final class StepExecutor {
    private final Store store;
    private final LayerFetcher fetcher;
    private final SolveOptions options;
    private final Supplier<Mounted> mounted;
    private final CopyStep copying;
    private final RunStep running;
    private final Streaming streaming;
    private final Map<DiffId, BaseImage> owners = new ConcurrentHashMap<>();

    /// What is needed only when a step has to be executed.
    record Mounted(Snapshotter snapshots, SnapshotChains chains) {}

    /// @param snapshots made when the first step is executed, as is the runner
    /// @param dockerfile for messages
    public StepExecutor(
            Store store,
            Supplier<Snapshotter> snapshots,
            Supplier<CommandRunner> runner,
            LayerFetcher fetcher,
            BuildContext context,
            Dockerfile dockerfile,
            SolveOptions options) {
        this.store = store;
        this.fetcher = fetcher;
        this.options = options;
        this.mounted =
                Once.of(
                        () -> {
                            Snapshotter made = snapshots.get();
                            return new Mounted(made, new SnapshotChains(made, store.blobs()));
                        });
        this.copying =
                new CopyStep(
                        context,
                        new RemoteFiles(store, Limits.STANDARD, options.network()),
                        dockerfile,
                        this::view,
                        store.temp());
        this.streaming = new Streaming(store, copying, options);
        this.running = new RunStep(Once.of(runner), dockerfile, store.temp());
    }

    /// Says where layers come from that are not in the store.
    void register(BaseImage image) {
        image.config().diffIds().forEach(diffId -> owners.put(diffId, image));
    }

    /// Where the layers of a build are finished; the caller closes it.
    LayersAtWork layersAtWork() {
        return new LayersAtWork(store);
    }

    /// The key of a step, found without executing or mounting anything.
    CacheKey key(Step step, StepInput input) throws IOException, InterruptedException {
        return switch (step) {
            case Step.RunCommand run -> StepKeys.run(run, input);
            case Step.MakeDirectory make -> StepKeys.makeDirectory(make, input);
            case Step.CopyFiles copy -> copying.key(copy, input);
            case Step.ConfigOnly _ ->
                    throw new IllegalStateException("a step that only configures has no key");
        };
    }

    /// See [CacheKey#place].
    Optional<Digest> place(Step step, StepInput input) throws IOException, InterruptedException {
        return step instanceof Step.CopyFiles copy ? copying.place(copy, input) : Optional.empty();
    }

    /// @throws StepFailedException if the step's command failed
    Executed execute(
            Step step, StepInput input, StepId id, LayersAtWork work, Consumer<BuildEvent> events)
            throws IOException, InterruptedException {
        Consumer<String> warnings = warning -> events.accept(new BuildEvent.Warning(id, warning));
        fetch(input.files());
        if (mayStream(step, input)) {
            // Told only with a result: a step that goes on in a snapshot has the same to tell
            // there.
            List<String> told = new ArrayList<>();
            Optional<Executed> streamed = stream(step, input, work, events, told);
            if (streamed.isPresent()) {
                told.forEach(warnings);
                return streamed.get();
            }
        }
        Optional<ChainId> parent = mounted.get().chains().require(input.files());
        try (ActiveSnapshot snapshot = mounted.get().snapshots().prepare(parent)) {
            Path root = snapshot.root();
            CopyStep.Copied done =
                    switch (step) {
                        case Step.RunCommand run -> {
                            running.run(run, snapshot, id, events);
                            yield new CopyStep.Copied(input.epoch(), Optional.empty());
                        }
                        case Step.CopyFiles copy ->
                                copying.copy(
                                        copy,
                                        input,
                                        new CopyStep.Into(
                                                new TreeCopier(root, warnings),
                                                user -> UserLookup.resolve(root, user),
                                                CopyStep.Reader.NOTHING,
                                                Optional.empty()),
                                        warnings);
                        case Step.MakeDirectory make -> {
                            Directories.make(root, make, running);
                            yield new CopyStep.Copied(input.epoch(), Optional.empty());
                        }
                        case Step.ConfigOnly _ ->
                                throw new IllegalStateException("nothing to execute");
                    };
            Instant time = options.sourceDateEpoch().orElse(done.epoch());
            snapshot.normalizeTimes(time);
            return new Executed(
                    new StepResult(commit(snapshot, parent, input, work, events), time),
                    done.key());
        }
    }

    /// Sources in the context that were touched while they were copied are looked at before they
    /// are copied again: then their content decides.
    private Optional<Executed> stream(
            Step step,
            StepInput input,
            LayersAtWork work,
            Consumer<BuildEvent> events,
            List<String> told)
            throws IOException, InterruptedException {
        if (step instanceof Step.CopyFiles && input.source().isEmpty()) {
            try {
                return streaming.execute(
                        step, input, Optional.of(copying.readContents()), work, events, told::add);
            } catch (SourcesTouchedException e) {
                told.clear();
            }
        }
        return streaming.execute(step, input, Optional.empty(), work, events, told::add);
    }

    private Optional<LayerRef> commit(
            ActiveSnapshot snapshot,
            Optional<ChainId> parent,
            StepInput input,
            LayersAtWork work,
            Consumer<BuildEvent> events)
            throws IOException, InterruptedException {
        LayerWriter writer = LayerWriter.open(store.blobs(), options.layers(), waiting(input));
        try {
            tellBegun(writer, input, events);
            if (!snapshot.diff(writer)) {
                writer.close();
                return Optional.empty();
            }
        } catch (IOException | RuntimeException e) {
            writer.close();
            throw e;
        }
        PendingLayer layer = work.finish(writer);
        snapshot.commit(ChainId.extend(parent, layer.diffId()));
        return Optional.of(layer);
    }

    static void tellBegun(LayerWriter writer, StepInput input, Consumer<BuildEvent> events) {
        if (input.inImage()) {
            events.accept(new BuildEvent.LayerBegun(writer::follow));
        }
    }

    /// Where a layer may wait to be compressed, if anything can be done meanwhile.
    private Optional<TempSpace> waiting(StepInput input) {
        return input.last() ? Optional.empty() : Optional.of(store.temp());
    }

    /// A stage's or image's files, mounted; the caller closes it.
    private FilesView view(FileSystemState files) throws IOException, InterruptedException {
        Optional<ChainId> chain = require(files);
        return chain.isEmpty()
                ? FilesView.empty(store.temp())
                : FilesView.of(mounted.get().snapshots().view(chain.get()));
    }

    private Optional<ChainId> require(FileSystemState files)
            throws IOException, InterruptedException {
        fetch(files);
        return mounted.get().chains().require(files);
    }

    /// Whether to try without a file system: if none is needed later, and there is none yet.
    private boolean mayStream(Step step, StepInput input) throws IOException {
        return !(step instanceof Step.RunCommand)
                && !input.mounted()
                && (streaming.knows(input.files()) || !isOnDisk(input.files()));
    }

    private boolean isOnDisk(FileSystemState files) throws IOException {
        Optional<ChainId> chain = files.chain();
        return chain.isPresent() && mounted.get().snapshots().exists(chain.get());
    }

    /// Brings layers of base images into the store.
    private void fetch(FileSystemState files) throws IOException, InterruptedException {
        for (LayerRef layer : files.layers()) {
            BaseImage owner = owners.get(layer.diffId());
            if (owner != null && store.blobs().size(layer.descriptor().digest()).isEmpty()) {
                fetcher.fetchLayers(owner);
            }
        }
    }
}
