package dev.jbuild.builder.solve;

import dev.jbuild.builder.event.BuildEvent;
import dev.jbuild.builder.event.BuildEvent.StepId;
import dev.jbuild.builder.plan.Base;
import dev.jbuild.builder.plan.BaseImage;
import dev.jbuild.builder.plan.BuildPlan;
import dev.jbuild.builder.plan.CopyFrom;
import dev.jbuild.builder.plan.PlannedStage;
import dev.jbuild.builder.plan.Secrets;
import dev.jbuild.builder.plan.Step;
import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/// Executes a plan. Every stage runs on a thread of its own and waits only where it needs another
/// one's result; a step whose result is known is not executed.
public final class Solver {
    private final StepExecutor executor;
    private final StepCache cache;
    private final SolveOptions options;
    private final Consumer<BuildEvent> events;

    /// The steps of this build by key: two stages that do the same do it once.
    private final Map<CacheKey, CompletableFuture<StepResult>> underway = new ConcurrentHashMap<>();

    public Solver(
            StepExecutor executor,
            StepCache cache,
            SolveOptions options,
            Consumer<BuildEvent> events) {
        this.executor = executor;
        this.cache = cache;
        this.options = options;
        this.events = events;
    }

    /// What the stages of one build share.
    ///
    /// @param inImage the stages whose layers are the image's
    private record Build(
            Map<Integer, CompletableFuture<SolvedStage>> results,
            Set<Integer> inImage,
            MountedStages mounted,
            LayersAtWork work) {}

    /// @return the target stage; all its layers are stored
    /// @throws StepFailedException if a command of the build failed
    /// @throws InterruptedException if this thread is interrupted; all steps are stopped then
    public SolvedStage solve(BuildPlan plan) throws IOException, InterruptedException {
        Map<Integer, CompletableFuture<SolvedStage>> results = new HashMap<>();
        plan.stages().forEach(stage -> results.put(stage.index(), new CompletableFuture<>()));
        try (LayersAtWork work = executor.layersAtWork()) {
            Build build = new Build(results, stagesOfImage(plan), new MountedStages(plan), work);
            List<Callable<SolvedStage>> tasks = new ArrayList<>();
            for (PlannedStage stage : plan.stages()) {
                tasks.add(() -> solveInto(stage, build));
            }
            SolvedStage target = Tasks.all(tasks).getLast();
            work.await();
            return target;
        } catch (IOException | InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /// The target and those it starts from: their layers are the image's.
    private static Set<Integer> stagesOfImage(BuildPlan plan) {
        Set<Integer> stages = new HashSet<>();
        PlannedStage stage = plan.target();
        stages.add(stage.index());
        while (stage.base() instanceof Base.Stage below) {
            stage = plan.stage(below.stage());
            stages.add(stage.index());
        }
        return stages;
    }

    /// On failure the result stays open: who waits for it is interrupted by [Tasks#all].
    private SolvedStage solveInto(PlannedStage stage, Build build)
            throws IOException, InterruptedException {
        SolvedStage solved = solveStage(stage, build);
        result(build.results(), stage.index()).complete(solved);
        return solved;
    }

    private SolvedStage solveStage(PlannedStage stage, Build build)
            throws IOException, InterruptedException {
        SolvedStage solved = start(stage, build.results());
        for (LayerRef layer : solved.files().layers()) {
            tell(layer, stage, build);
        }
        int total =
                (int)
                        stage.steps().stream()
                                .filter(step -> !(step instanceof Step.ConfigOnly))
                                .count();
        int number = 0;
        for (Step step : stage.steps()) {
            if (step instanceof Step.ConfigOnly) {
                solved =
                        solved.plus(
                                step.createdBy(), new StepResult(Optional.empty(), solved.epoch()));
            } else {
                number++;
                StepInput input =
                        new StepInput(
                                solved.files(),
                                stage.platform(),
                                solved.epoch(),
                                source(step, build.results()),
                                options.sourceDateEpoch().isPresent(),
                                options.layers().encoder(),
                                build.mounted().after(stage, step),
                                number == total,
                                build.inImage().contains(stage.index()));
                StepId id = new StepId(stage.label(), number, total);
                StepResult result = run(step, input, id, build.work());
                if (result.layer().isPresent()) {
                    tell(result.layer().get(), stage, build);
                }
                solved = solved.plus(step.createdBy(), result);
            }
        }
        return solved;
    }

    /// Tells of a layer of the image, once it is stored.
    private void tell(LayerRef layer, PlannedStage stage, Build build) {
        if (!build.inImage().contains(stage.index())) {
            return;
        }
        switch (layer) {
            case LayerRef.Stored stored ->
                    events.accept(new BuildEvent.LayerKnown(stored.descriptor()));
            case PendingLayer pending ->
                    build.work()
                            .begin(
                                    () ->
                                            events.accept(
                                                    new BuildEvent.LayerKnown(
                                                            pending.descriptor())));
        }
    }

    private SolvedStage start(
            PlannedStage stage, Map<Integer, CompletableFuture<SolvedStage>> results)
            throws IOException, InterruptedException {
        return switch (stage.base()) {
            case Base.Scratch _ ->
                    new SolvedStage(stage, FileSystemState.EMPTY, List.of(), epoch(Instant.EPOCH));
            case Base.Image image -> start(stage, image.image());
            case Base.Stage earlier -> {
                SolvedStage below = await(results, earlier.stage());
                yield new SolvedStage(stage, below.files(), below.history(), below.epoch());
            }
        };
    }

    private SolvedStage start(PlannedStage stage, BaseImage base) {
        executor.register(base);
        return new SolvedStage(
                stage,
                FileSystemState.of(base),
                base.config().history(),
                epoch(base.config().created().orElse(Instant.EPOCH)));
    }

    private Instant epoch(Instant own) {
        return options.sourceDateEpoch().orElse(own);
    }

    private Optional<SourceFiles> source(
            Step step, Map<Integer, CompletableFuture<SolvedStage>> results)
            throws IOException, InterruptedException {
        if (!(step instanceof Step.CopyFiles copy)) {
            return Optional.empty();
        }
        return switch (copy.from()) {
            case CopyFrom.Context _ -> Optional.empty();
            case CopyFrom.Stage stage -> {
                SolvedStage solved = await(results, stage.stage());
                yield Optional.of(new SourceFiles(solved.files(), solved.epoch()));
            }
            case CopyFrom.Image image -> {
                executor.register(image.image());
                yield Optional.of(
                        new SourceFiles(
                                FileSystemState.of(image.image()),
                                image.image().config().created().orElse(Instant.EPOCH)));
            }
        };
    }

    private StepResult run(Step step, StepInput input, StepId id, LayersAtWork work)
            throws IOException, InterruptedException {
        String text = Secrets.hide(step.origin().text());
        // What can't be known is not looked for: then files are read only once, to be copied.
        Optional<Digest> place = executor.place(step, input);
        boolean unread = place.isPresent() && !(options.useCache() && cache.isTried(place.get()));
        CacheKey key = unread ? new CacheKey(place.get()) : executor.key(step, input);
        CompletableFuture<StepResult> own = new CompletableFuture<>();
        CompletableFuture<StepResult> other = underway.putIfAbsent(key, own);
        if (other != null) {
            StepResult result = await(other);
            events.accept(new BuildEvent.StepCached(id, text));
            return result;
        }
        try {
            StepResult result =
                    unread
                            ? execute(step, input, id, key, work)
                            : findOrExecute(step, input, id, key, work);
            own.complete(result);
            return result;
        } catch (IOException | InterruptedException | RuntimeException e) {
            own.completeExceptionally(e);
            throw e;
        }
    }

    private StepResult findOrExecute(
            Step step, StepInput input, StepId id, CacheKey key, LayersAtWork work)
            throws IOException, InterruptedException {
        Optional<StepRecord> known = find(key);
        if (known.isPresent()) {
            events.accept(new BuildEvent.StepCached(id, Secrets.hide(step.origin().text())));
            return StepResult.of(known.get());
        }
        return execute(step, input, id, key, work);
    }

    /// A result with a layer is one only when the layer is stored.
    private void remember(CacheKey key, StepResult result, LayersAtWork work) throws IOException {
        if (result.layer().isEmpty()) {
            cache.put(key, new StepRecord(Optional.empty(), result.epoch()));
        } else if (result.layer().get() instanceof PendingLayer pending) {
            work.begin(
                    () ->
                            cache.put(
                                    key,
                                    new StepRecord(Optional.of(pending.layer()), result.epoch())));
        }
    }

    private static StepResult await(CompletableFuture<StepResult> other)
            throws IOException, InterruptedException {
        try {
            return other.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException("the same step in another stage failed", e.getCause());
        }
    }

    private Optional<StepRecord> find(CacheKey key) throws IOException {
        return options.useCache() ? cache.find(key) : Optional.empty();
    }

    private StepResult execute(
            Step step, StepInput input, StepId id, CacheKey key, LayersAtWork work)
            throws IOException, InterruptedException {
        events.accept(new BuildEvent.StepStarted(id, Secrets.hide(step.origin().text())));
        long start = System.nanoTime();
        Executed executed = executor.execute(step, input, id, work, events);
        StepResult result = executed.result();
        long size =
                result.layer().isPresent() && result.layer().get() instanceof PendingLayer layer
                        ? layer.tarSize()
                        : 0;
        events.accept(
                new BuildEvent.StepFinished(id, Duration.ofNanos(System.nanoTime() - start), size));
        remember(executed.key().orElse(key), result, work);
        return result;
    }

    private static SolvedStage await(
            Map<Integer, CompletableFuture<SolvedStage>> results, int stage)
            throws IOException, InterruptedException {
        try {
            return result(results, stage).get();
        } catch (ExecutionException e) {
            throw new IOException("stage " + stage + " failed", e.getCause());
        }
    }

    private static CompletableFuture<SolvedStage> result(
            Map<Integer, CompletableFuture<SolvedStage>> results, int stage) {
        CompletableFuture<SolvedStage> result = results.get(stage);
        if (result == null) {
            throw new IllegalStateException("stage " + stage + " is not planned");
        }
        return result;
    }
}
