package dev.jbuild.registry.server;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;

/// One request, for a log.
///
/// @param path as sent; the query, which may hold secrets, is not here
/// @param id that the answer carries as `X-Request-Id`
/// @param client the other end of the connection
/// @param bytes of the response's content
public record RequestRecord(
        Instant at,
        String id,
        InetAddress client,
        String method,
        String path,
        int status,
        long bytes,
        Duration took) {}
