package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Request;
import dev.jbuild.registry.server.http.Response;
import dev.jbuild.registry.server.storage.ManifestIndex.Condition;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Conditional requests (RFC 9110, 13.1). An entity tag here is the digest in quotes; clients that
/// leave the quotes out are understood.
final class Conditions {
    private Conditions() {}

    static String entityTag(Digest digest) {
        return "\"" + digest + "\"";
    }

    /// 304 if the client has the content already.
    static Optional<Response> notModified(Request request, Digest digest) {
        List<String> known = entityTags(request.headers().all("If-None-Match"));
        if (!known.contains("*") && !known.contains(digest.toString())) {
            return Optional.empty();
        }
        return Optional.of(
                Response.empty(
                        304,
                        Headers.of(
                                "ETag",
                                entityTag(digest),
                                "Docker-Content-Digest",
                                digest.toString())));
    }

    /// What a manifest's sender expects of the tag.
    static Condition ofTag(Request request) {
        List<String> matches = entityTags(request.headers().all("If-Match"));
        if (!matches.isEmpty()) {
            return new Condition.Matches(matches);
        }
        return entityTags(request.headers().all("If-None-Match")).contains("*")
                ? new Condition.Absent()
                : new Condition.Always();
    }

    private static List<String> entityTags(List<String> headers) {
        if (headers.isEmpty()) {
            return headers;
        }
        return headers.stream()
                .flatMap(header -> Arrays.stream(header.split(",", -1)))
                .map(tag -> tag.strip().replaceFirst("^W/", "").replace("\"", ""))
                .filter(tag -> !tag.isEmpty())
                .toList();
    }
}
