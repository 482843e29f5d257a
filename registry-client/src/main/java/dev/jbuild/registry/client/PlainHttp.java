package dev.jbuild.registry.client;

/// When a registry may be spoken to without TLS.
public enum PlainHttp {
    /// Only a loopback address.
    LOOPBACK_ONLY,
    /// Any registry, because the user asked for it.
    ALLOWED
}
