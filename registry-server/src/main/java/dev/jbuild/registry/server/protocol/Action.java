package dev.jbuild.registry.server.protocol;

/// What a request does, as far as it matters to who may do it and when.
public enum Action {
    /// Tells nothing about content.
    PING,
    /// Tells the names of repositories.
    CATALOG,
    PULL,
    PUSH,
    DELETE;

    public boolean changes() {
        return this == PUSH || this == DELETE;
    }
}
