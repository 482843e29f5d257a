package dev.jbuild.registry.server.netty;

import java.net.InetAddress;
import java.util.function.Predicate;

/// How many connections may be open at once. What comes beyond that is closed before anything is
/// read from it.
///
/// @param most in all; never more than half of the files that the process may open, for answers
///     need some, too
/// @param perAddress of one address, or of one IPv6 network of 64 bits
/// @param unlimited addresses that only the first bound is for, such as those of reverse proxies
public record ConnectionLimits(int most, int perAddress, Predicate<InetAddress> unlimited) {
    /// What comes from this very machine is a proxy or known to its operator.
    public static final ConnectionLimits DEFAULT =
            new ConnectionLimits(10_000, 1000, InetAddress::isLoopbackAddress);

    public ConnectionLimits {
        if (most < 1 || perAddress < 1) {
            throw new IllegalArgumentException(
                    "no connection would be let in: '" + most + "', '" + perAddress + "'");
        }
    }
}
