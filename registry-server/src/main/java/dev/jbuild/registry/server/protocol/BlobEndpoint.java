package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ErrorCode;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Request;
import dev.jbuild.registry.server.http.Response;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import dev.jbuild.registry.server.storage.RepositoryIndex;
import dev.jbuild.registry.server.storage.StorageException;
import java.nio.file.Path;
import java.util.Optional;

/// Blobs that are there (distribution-spec 1.1, "Pulling blobs" and "Deleting Blobs").
final class BlobEndpoint {
    private final RepositoryIndex index;
    private final Lookups lookups;
    private final ContentStore content;
    private final GarbagePolicy garbage;

    BlobEndpoint(
            RepositoryIndex index, Lookups lookups, ContentStore content, GarbagePolicy garbage) {
        this.index = index;
        this.lookups = lookups;
        this.garbage = garbage;
        this.content = content;
    }

    Response read(Route.ReadBlob route, Request request)
            throws DistributionException, StorageException {
        Digest digest = route.digest();
        RepositoryIndex.Blob blob =
                (request.isHead()
                                ? lookups.blob(route.repository(), digest)
                                : lookups.blobNow(route.repository(), digest))
                        .orElseThrow(() -> unknown(route.repository(), digest));
        if (request.isHead() && isSoonCollected(blob)) {
            if (!index.keepBlob(route.repository(), digest)) {
                throw unknown(route.repository(), digest);
            }
        }
        long size = blob.size();
        Optional<Response> notModified = Conditions.notModified(request, digest);
        if (notModified.isPresent()) {
            return notModified.get();
        }
        Headers headers = headers(digest);
        Path file = content.path(digest);
        Optional<ByteRange> range = range(request, digest, size);
        if (range.isPresent()) {
            ByteRange part = range.get();
            return new Response(
                    206,
                    headers.with("Content-Range", part.contentRange(size)),
                    new Response.FileRange(file, part.offset(), part.length()));
        }
        return new Response(200, headers, new Response.FileRange(file, 0, size));
    }

    /// Whether [#read] has nothing to wait for.
    boolean isAtHand(Route.ReadBlob route, Request request) {
        return request.isHead()
                && lookups.knownBlob(route.repository(), route.digest())
                        .filter(blob -> !isSoonCollected(blob))
                        .isPresent();
    }

    /// Whether the answer of [#read], which is at hand, stays the same until the index changes.
    boolean isLasting(Route.ReadBlob route) {
        return lookups.knownBlob(route.repository(), route.digest())
                .filter(blob -> blob.idleSinceMillis().isEmpty())
                .isPresent();
    }

    /// A client told that a blob is here will not push it.
    private boolean isSoonCollected(RepositoryIndex.Blob blob) {
        return blob.idleSinceMillis().isPresent()
                && garbage.grace().needsRenewal(blob.idleSinceMillis().getAsLong());
    }

    Response delete(Route.DeleteBlob route) throws DistributionException, StorageException {
        if (!index.unlinkBlob(route.repository(), route.digest())) {
            throw unknown(route.repository(), route.digest());
        }
        return Response.empty(202, Headers.NONE);
    }

    private static Headers headers(Digest digest) {
        return Headers.of(
                "Content-Type", "application/octet-stream",
                "Docker-Content-Digest", digest.toString(),
                "ETag", Conditions.entityTag(digest),
                "Accept-Ranges", "bytes",
                "Cache-Control", "max-age=31536000, immutable",
                "X-Content-Type-Options", "nosniff");
    }

    private static Optional<ByteRange> range(Request request, Digest digest, long size)
            throws DistributionException {
        Optional<String> header = request.headers().first("Range");
        Optional<String> ifRange = request.headers().first("If-Range");
        if (header.isEmpty()
                || (ifRange.isPresent() && !ifRange.get().equals(Conditions.entityTag(digest)))) {
            return Optional.empty();
        }
        try {
            return ByteRange.parse(header.get(), size);
        } catch (ByteRange.UnsatisfiableException _) {
            throw new DistributionException(
                    ErrorCode.RANGE_INVALID,
                    416,
                    "the range '" + header.get() + "' is not within the blob's " + size + " bytes",
                    Headers.of("Content-Range", "bytes */" + size));
        }
    }

    static DistributionException unknown(RepositoryName repository, Digest digest) {
        return new DistributionException(
                ErrorCode.BLOB_UNKNOWN, "blob " + digest + " is not in '" + repository + "'");
    }
}
