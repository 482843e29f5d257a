package dev.jbuild.builder.exec;

/// What the standard streams of a command are.
public enum Stdio {
    /// Input is empty; output and error go, as one stream, to the [OutputSink].
    CAPTURED,
    /// The streams of this JVM. Signals INT, TERM and HUP that reach this JVM go to the command
    /// in place of ending the JVM.
    INHERITED,
    /// As `INHERITED`, with a terminal of its own, made by the runtime. Standard input has to be a
    /// terminal.
    TERMINAL
}
