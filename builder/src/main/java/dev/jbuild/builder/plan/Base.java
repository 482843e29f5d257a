package dev.jbuild.builder.plan;

/// What a stage starts from.
public sealed interface Base {
    /// Nothing at all.
    record Scratch() implements Base {}

    record Image(BaseImage image) implements Base {}

    /// @param stage the index of a stage further up
    record Stage(int stage) implements Base {}
}
