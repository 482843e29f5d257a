package dev.jbuild.builder.plan;

import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.dockerfile.ExpansionBudget;
import dev.jbuild.dockerfile.Instruction;
import dev.jbuild.dockerfile.Stage;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.dockerfile.WordExpander;
import dev.jbuild.oci.ContainerConfig;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.InvalidReferenceException;
import dev.jbuild.oci.Platform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Makes the plan of one build: the stages that the target needs, each after those it needs itself.
public final class BuildPlanner {
    private final Dockerfile file;
    private final PlanRequest request;
    private final BaseImages bases;
    private final Map<String, String> globalArgs = new LinkedHashMap<>();
    private final Map<String, String> platformArgs;
    private final Map<Integer, PlannedStage> planned = new LinkedHashMap<>();
    private final Set<String> usedArgs = new TreeSet<>();
    private final ExpansionBudget budget = new ExpansionBudget();

    private BuildPlanner(Dockerfile file, PlanRequest request, BaseImages bases) {
        this.file = file;
        this.request = request;
        this.bases = bases;
        this.platformArgs = PlatformArgs.of(request.platform(), request.target().orElse("default"));
    }

    /// @throws DockerfileException if the Dockerfile can't be built; it names the line
    public static BuildPlan plan(Dockerfile file, PlanRequest request, BaseImages bases)
            throws IOException, InterruptedException {
        BuildPlanner planner = new BuildPlanner(file, request, bases);
        planner.readGlobalArgs();
        planner.require(file.targetOrLast(request.target()));
        List<PlannedStage> stages = new ArrayList<>(planner.planned.values());
        stages.add(withLabels(stages.removeLast(), request.labels()));
        return new BuildPlan(stages, planner.warnings());
    }

    private void readGlobalArgs() throws DockerfileException {
        for (Instruction.Arg arg : file.globalArgs()) {
            for (Instruction.Arg.Definition definition : arg.arguments()) {
                Optional<String> value = argValue(arg, definition, globalScope());
                value.ifPresent(text -> globalArgs.put(definition.key(), text));
            }
        }
    }

    /// The value of an ARG: what the user gave, else its default.
    Optional<String> argValue(
            Instruction at, Instruction.Arg.Definition definition, Map<String, String> scope)
            throws DockerfileException {
        usedArgs.add(definition.key());
        String given = request.buildArgs().get(definition.key());
        if (given != null) {
            return Optional.of(given);
        }
        return definition.value().isEmpty()
                ? Optional.empty()
                : Optional.of(expand(at, definition.value().get(), scope));
    }

    /// The value of an ARG that a stage declares without a default: the global one's, else the
    /// predefined one's.
    Optional<String> inheritedArg(String name) {
        return Optional.ofNullable(globalArgs.get(name))
                .or(() -> Optional.ofNullable(platformArgs.get(name)));
    }

    Map<String, String> globalScope() {
        Map<String, String> scope = new LinkedHashMap<>(platformArgs);
        scope.putAll(globalArgs);
        return scope;
    }

    String expand(Instruction at, String word, Map<String, String> variables)
            throws DockerfileException {
        try {
            return budget.take(expander().expand(word, variables)).text();
        } catch (WordException e) {
            throw file.at(at, e);
        }
    }

    String expandHeredoc(Instruction at, String body, Map<String, String> variables)
            throws DockerfileException {
        try {
            return budget.take(WordExpander.expandHeredoc(body, variables)).text();
        } catch (WordException e) {
            throw file.at(at, e);
        }
    }

    WordExpander expander() {
        return file.expander();
    }

    Dockerfile file() {
        return file;
    }

    PlanRequest request() {
        return request;
    }

    /// Plans a stage, and first what it needs.
    PlannedStage require(Stage stage) throws IOException, InterruptedException {
        PlannedStage known = planned.get(stage.index());
        if (known != null) {
            return known;
        }
        Base base = base(stage);
        StagePlanner planner = new StagePlanner(this, stage, base, config(base), author(base));
        PlannedStage made = planner.plan();
        planned.put(stage.index(), made);
        return made;
    }

    private Base base(Stage stage) throws IOException, InterruptedException {
        String name = expand(stage.from(), stage.base(), globalScope());
        if (name.isEmpty()) {
            throw refused(
                    stage.from(),
                    "base name (" + stage.base() + ") should not be blank",
                    "declare the ARG before the first FROM, or give it a default",
                    stage.base());
        }
        Optional<Stage> earlier = earlierStage(name, stage.index());
        if (earlier.isPresent()) {
            return new Base.Stage(require(earlier.get()).index());
        }
        if (name.equals("scratch")) {
            return new Base.Scratch();
        }
        return new Base.Image(image(stage.from(), name, platform(stage), stage.index()));
    }

    /// The stage of that name above stage `before`.
    Optional<Stage> earlierStage(String name, int before) {
        return file.stages().subList(0, before).reversed().stream()
                .filter(stage -> stage.name().filter(name::equalsIgnoreCase).isPresent())
                .findFirst();
    }

    /// Resolves an image that an instruction names.
    BaseImage image(Instruction at, String name, Platform platform, int stage)
            throws IOException, InterruptedException {
        try {
            return bases.resolve(ImageReference.parse(name), platform);
        } catch (InvalidReferenceException e) {
            throw refused(at, String.valueOf(e.getMessage()), "", name);
        } catch (DockerfileException e) {
            throw e;
        } catch (IOException e) {
            throw refused(
                    at, String.valueOf(e.getMessage()), StageNames.hint(name, file, stage), name);
        }
    }

    private Platform platform(Stage stage) throws DockerfileException {
        if (stage.platform().isEmpty()) {
            return request.platform();
        }
        String text = expand(stage.from(), stage.platform().get(), globalScope());
        try {
            return Platform.parse(text);
        } catch (IllegalArgumentException e) {
            throw refused(stage.from(), "--platform: " + e.getMessage(), "", text);
        }
    }

    Platform platformOf(Stage stage, Base base) throws DockerfileException {
        return switch (base) {
            case Base.Image image -> image.image().config().platform();
            case Base.Stage earlier -> plannedStage(earlier.stage()).platform();
            case Base.Scratch _ -> platform(stage);
        };
    }

    private ContainerConfig config(Base base) {
        return switch (base) {
            case Base.Image image -> image.image().config().config();
            case Base.Stage earlier -> plannedStage(earlier.stage()).config();
            case Base.Scratch _ -> ContainerConfig.EMPTY;
        };
    }

    private Optional<String> author(Base base) {
        return switch (base) {
            case Base.Image image -> image.image().config().author();
            case Base.Stage earlier -> plannedStage(earlier.stage()).author();
            case Base.Scratch _ -> Optional.empty();
        };
    }

    private PlannedStage plannedStage(int index) {
        PlannedStage stage = planned.get(index);
        if (stage == null) {
            throw new IllegalStateException("stage " + index + " is not planned yet");
        }
        return stage;
    }

    DockerfileException refused(Instruction at, String problem, String remedy, String part) {
        return file.at(at, new WordException(problem, remedy, part));
    }

    private List<String> warnings() {
        Set<String> unused = new TreeSet<>(request.buildArgs().keySet());
        unused.removeAll(usedArgs);
        unused.removeAll(PlatformArgs.PROXY);
        unused.removeIf(name -> name.startsWith("BUILDKIT_") || name.equals("SOURCE_DATE_EPOCH"));
        return unused.isEmpty()
                ? List.of()
                : List.of(
                        "no ARG of the stages built uses --build-arg " + String.join(", ", unused));
    }

    private static PlannedStage withLabels(PlannedStage stage, Map<String, String> labels) {
        if (labels.isEmpty()) {
            return stage;
        }
        StageState state = new StageState(stage.config(), stage.author());
        state.onBuild.addAll(stage.config().onBuild());
        state.labels.putAll(labels);
        return new PlannedStage(
                stage.index(),
                stage.label(),
                stage.base(),
                stage.steps(),
                state.config(),
                stage.author(),
                stage.platform());
    }
}
