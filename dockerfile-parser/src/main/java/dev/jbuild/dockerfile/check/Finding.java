package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.SourceRange;

/// Something that a check has to say.
///
/// @param detail one sentence about this place, in BuildKit's words
public record Finding(Rule rule, String detail, SourceRange range) {}
