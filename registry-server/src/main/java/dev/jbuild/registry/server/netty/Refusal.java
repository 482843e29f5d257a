package dev.jbuild.registry.server.netty;

import java.net.InetAddress;

/// A connection that was not let in, or ended for what its client did.
///
/// @param address the other end
public record Refusal(Reason reason, InetAddress address) {
    public enum Reason {
        /// As many connections are open as may be.
        ALL,
        /// The address has as many open as it may.
        ADDRESS,
        /// The client sent frames of HTTP/2 without end that ask for nothing.
        FLOOD
    }
}
