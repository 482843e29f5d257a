package dev.jbuild.builder.solve;

import java.time.Instant;

/// The files of a stage or an image that a step copies from.
///
/// @param epoch the time of its newest input
record SourceFiles(FileSystemState files, Instant epoch) {}
