package dev.jbuild.builder.solve;

import java.util.Optional;

/// What executing a step led to.
///
/// @param key the step's, where executing it tells; empty if it was known before
record Executed(StepResult result, Optional<CacheKey> key) {}
