package dev.jbuild.builder.exec;

/// Takes what a command writes to its standard output and standard error, in the order written.
@FunctionalInterface
public interface OutputSink {

    /// @param line one line without its end; what is no UTF-8 has become U+FFFD, and a line longer
    ///     than 16 KiB comes in pieces
    void line(String line);
}
