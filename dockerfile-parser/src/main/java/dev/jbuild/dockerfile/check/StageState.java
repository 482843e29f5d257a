package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.Instruction;
import dev.jbuild.dockerfile.SourceRange;
import dev.jbuild.dockerfile.Stage;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is known of a stage while its instructions are gone through. Mutable; one walk's own.
final class StageState {
    /// Of these a stage should have only one.
    enum Once {
        CMD,
        ENTRYPOINT,
        HEALTHCHECK
    }

    /// Something that must be handed to the build.
    record Need(String name, boolean required, SourceRange range) {}

    /// That an instruction takes files from a stage or an image.
    ///
    /// @param word as written
    /// @param name expanded
    /// @param byIndex whether a number means the stage at that place
    record Take(Instruction instruction, String word, String name, boolean byIndex) {}

    final Stage stage;
    final String baseName;
    final String platform;
    final @Nullable StageState base;

    /// The stages its instructions take files from.
    final Set<StageState> sources = new LinkedHashSet<>();

    final List<Take> takesFrom = new ArrayList<>();

    final Map<String, String> environment = new LinkedHashMap<>();
    final Set<String> declaredArgs = new HashSet<>();
    final Map<Once, Instruction> seen = new EnumMap<>(Once.class);
    boolean hasShell;
    boolean workdirSet;

    /// The working directory, if it is known without the base image.
    Optional<String> workdir = Optional.empty();

    final Map<String, GlobalScope.Argument> arguments = new LinkedHashMap<>();
    final Set<String> usedArguments = new LinkedHashSet<>();
    final Map<String, Need> secrets = new LinkedHashMap<>();
    final Map<String, Need> sshAgents = new LinkedHashMap<>();
    final Map<String, Need> caches = new LinkedHashMap<>();

    StageState(Stage stage, String baseName, String platform, @Nullable StageState base) {
        this.stage = stage;
        this.baseName = baseName;
        this.platform = platform;
        this.base = base;
    }

    String name() {
        return stage.name().orElse("stage-" + stage.index());
    }

    Optional<StageState> baseStage() {
        return Optional.ofNullable(base);
    }

    /// Takes over what a stage in the same file leaves behind.
    void inherit(StageState from) {
        environment.putAll(from.environment);
        declaredArgs.addAll(from.declaredArgs);
        hasShell = from.hasShell;
        workdirSet = from.workdirSet;
        workdir = from.workdir;
    }
}
