package dev.jbuild.builder.plan;

/// Where COPY takes its files from.
public sealed interface CopyFrom {
    record Context() implements CopyFrom {}

    /// @param stage the index of a stage further up
    record Stage(int stage) implements CopyFrom {}

    record Image(BaseImage image) implements CopyFrom {}
}
