package dev.jbuild.dockerfile;

/// Turns what is wrong with a word into an error of the file.
final class Problems {
    private Problems() {}

    /// An error found while reading the file, in the reference's words.
    static DockerfileException at(Source source, SourceRange range, WordException e) {
        WordException parse =
                new WordException(
                        "dockerfile parse error on line " + range.firstLine() + ": " + e.problem(),
                        e.remedy(),
                        e.part().orElse(""));
        return new DockerfileException(source, range, parse);
    }
}
