package dev.jbuild.registry.server.netty;

import java.time.Duration;

/// What a client may ask of a connection.
///
/// @param line the longest request line, in bytes
/// @param headers the most of all header fields together, in bytes
/// @param streams the most requests at a time by HTTP/2; by HTTP/1.1, it is one
/// @param request from the first moment a request is waited for to the end of its headers; also how
///     long an idle connection is kept
/// @param stall without a byte in either direction, after which a transfer is given up;
///     a client that unpacks to a busy disk doesn't read for a minute
public record HttpLimits(int line, int headers, int streams, Duration request, Duration stall) {
    public static final HttpLimits DEFAULT =
            new HttpLimits(
                    16 * 1024, 64 * 1024, 100, Duration.ofSeconds(75), Duration.ofMinutes(3));
}
