package dev.jbuild.registry.server.netty;

import java.time.Duration;

/// What clients may ask for.
///
/// @param line the longest request line, in bytes
/// @param headers the most of all header fields together, in bytes
/// @param streams the most requests at a time by HTTP/2; by HTTP/1.1, it is one
/// @param request from the first moment a request is waited for to the end of its headers; also how
///     long an idle connection is kept
/// @param stall without a byte in either direction, after which a transfer is given up;
///     a client that unpacks to a busy disk doesn't read for a minute
/// @param connections how many there may be
public record HttpLimits(
        int line,
        int headers,
        int streams,
        Duration request,
        Duration stall,
        ConnectionLimits connections) {
    public static final HttpLimits DEFAULT =
            new HttpLimits(
                    16 * 1024,
                    64 * 1024,
                    100,
                    Duration.ofSeconds(75),
                    Duration.ofMinutes(3),
                    ConnectionLimits.DEFAULT);

    public HttpLimits withConnections(ConnectionLimits others) {
        return new HttpLimits(line, headers, streams, request, stall, others);
    }
}
