package dev.jbuild.builder.remote;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/// What a server said of a file when it sent it.
///
/// @param lastModified as it was written
record Answered(Digest content, Optional<String> etag, Optional<String> lastModified) {

    /// Whether the server can be asked if the file is still this one.
    boolean hasValidator() {
        return etag.isPresent() || lastModified.isPresent();
    }

    Instant mtime() {
        return lastModified.flatMap(Answered::time).orElse(Instant.EPOCH);
    }

    byte[] encode() {
        Json.ObjectWriter json = Json.object().put("content", content.toString());
        etag.ifPresent(tag -> json.put("etag", tag));
        lastModified.ifPresent(time -> json.put("lastModified", time));
        return json.build().encode();
    }

    /// Empty if it is none: it can be made again.
    static Optional<Answered> decode(byte[] bytes) {
        try {
            JsonMembers json = JsonMembers.parse("record of a URL", bytes);
            return Optional.of(
                    new Answered(
                            Digest.parse(json.requiredText("content")),
                            json.text("etag"),
                            json.text("lastModified")));
        } catch (InvalidJsonException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /// RFC 9110, section 5.6.7; the obsolete forms are read as none.
    private static Optional<Instant> time(String text) {
        try {
            ZonedDateTime time =
                    ZonedDateTime.parse(
                            text, DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC));
            return Optional.of(time.toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
