package dev.jbuild.registry.server;

import java.time.Duration;
import java.time.Instant;

/// One request, for a log.
///
/// @param path as sent; the query, which may hold secrets, is not here
/// @param bytes of the response's content
public record RequestRecord(
        Instant at, String method, String path, int status, long bytes, Duration took) {}
