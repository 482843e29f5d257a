package dev.jbuild.registry.server.netty;

/// Told to the pipeline of each connection when the server stops. May come more than once.
enum Closing {
    /// What is under way may end, and nothing new begins.
    WHEN_IDLE
}
