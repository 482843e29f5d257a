package dev.jbuild.dockerfile;

/// The lines of a Dockerfile that something stands on, both inclusive, counted from 1.
public record SourceRange(int firstLine, int lastLine) {
    public SourceRange {
        if (firstLine < 1 || lastLine < firstLine) {
            throw new IllegalArgumentException(
                    "not a range of lines: " + firstLine + "-" + lastLine);
        }
    }
}
