package dev.jbuild.builder.exec;

/// The network that a command sees.
public enum Network {
    /// That of the host.
    HOST,
    /// Loopback only.
    NONE
}
