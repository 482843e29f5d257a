package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.ErrorCode;
import dev.jbuild.registry.server.http.Request;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `Content-Range` of an upload (distribution-spec 1.1, "Pushing a blob in chunks"): `first-last`,
/// both inclusive, without RFC 9110's `bytes`, which is accepted all the same.
final class ChunkRange {
    private static final Pattern GRAMMAR =
            Pattern.compile("(?:bytes )?\\s*(\\d{1,18})-(\\d{1,18})(?:/(?:\\*|\\d+))?\\s*");

    private ChunkRange() {}

    /// Where the chunk starts; empty if the request doesn't say.
    ///
    /// @throws DistributionException if it is no range, or is not as long as the body
    static OptionalLong start(Request request) throws DistributionException {
        Optional<String> header = request.headers().first("Content-Range");
        if (header.isEmpty()) {
            return OptionalLong.empty();
        }
        Matcher matcher = GRAMMAR.matcher(header.get());
        if (!matcher.matches()) {
            throw new DistributionException(
                    ErrorCode.BLOB_UPLOAD_INVALID,
                    "invalid Content-Range '" + header.get() + "'; an example is 0-1023");
        }
        long first = Long.parseLong(matcher.group(1));
        long last = Long.parseLong(matcher.group(2));
        OptionalLong length = request.body().length();
        if (length.isPresent() && length.getAsLong() != last - first + 1) {
            throw new DistributionException(
                    ErrorCode.SIZE_INVALID,
                    "Content-Range '"
                            + header.get()
                            + "' is "
                            + (last - first + 1)
                            + " bytes, Content-Length "
                            + length.getAsLong());
        }
        return OptionalLong.of(first);
    }
}
