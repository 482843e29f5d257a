package dev.jbuild.dockerfile;

import java.util.List;

/// Where an instruction comes from.
///
/// @param range its lines, with continuations and heredocs
/// @param keyword its name as written, say `RUN` or `run`
/// @param text the whole instruction on one line: comments and continuation marks removed,
///     spaces as they were, without heredocs
/// @param comments the comment lines right above it, without their marks
public record Origin(SourceRange range, String keyword, String text, List<String> comments) {
    public Origin {
        comments = List.copyOf(comments);
    }
}
