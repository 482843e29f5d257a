package dev.jbuild.dockerfile;

/// Something that COPY or ADD copies.
public sealed interface CopySource {
    /// A path, a pattern or, for ADD, a URL; unexpanded.
    record Word(String text) implements CopySource {}

    /// A heredoc: a file of its own, named after it.
    record Document(Heredoc heredoc) implements CopySource {}
}
