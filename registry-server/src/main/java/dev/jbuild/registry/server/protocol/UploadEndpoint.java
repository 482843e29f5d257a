package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.ErrorCode;
import dev.jbuild.oci.InvalidDigestException;
import dev.jbuild.oci.InvalidReferenceException;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Query;
import dev.jbuild.registry.server.http.Request;
import dev.jbuild.registry.server.http.Response;
import dev.jbuild.registry.server.storage.ContentIndex;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.OutOfOrderException;
import dev.jbuild.registry.server.storage.RepositoryIndex;
import dev.jbuild.registry.server.storage.StorageException;
import dev.jbuild.registry.server.storage.UploadGoneException;
import dev.jbuild.registry.server.storage.UploadSession;
import dev.jbuild.registry.server.storage.UploadSessions;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/// Blobs on their way (distribution-spec 1.1, "Pushing blobs").
final class UploadEndpoint {
    private final UploadSessions uploads;
    private final RepositoryIndex index;
    private final ContentIndex contents;
    private final ContentStore content;

    UploadEndpoint(UploadSessions uploads, Metadata metadata, ContentStore content) {
        this.uploads = uploads;
        this.index = metadata.repositories();
        this.contents = metadata.contents();
        this.content = content;
    }

    Response start(Route.StartUpload route, Request request, Query query)
            throws DistributionException, IOException, InterruptedException {
        RepositoryName repository = route.repository();
        Optional<String> mount = query.first("mount");
        if (mount.isPresent()) {
            Optional<Response> mounted = mount(repository, mount.get(), query.first("from"));
            if (mounted.isPresent()) {
                return mounted.get();
            }
        }
        Optional<String> whole = query.first("digest");
        if (whole.isPresent() && mount.isEmpty()) {
            Digest digest = digest(whole.get());
            uploads.receive(repository, digest, request.body());
            return created(repository, digest);
        }
        UploadSession session = uploads.start(repository, algorithm(query));
        return Response.empty(202, status(session).with("OCI-Chunk-Min-Length", "1"));
    }

    Response read(Route.ReadUpload route) throws DistributionException, IOException {
        return Response.empty(204, status(session(route.repository(), route.id())));
    }

    Response patch(Route.PatchUpload route, Request request)
            throws DistributionException, IOException, InterruptedException {
        UploadSession session = session(route.repository(), route.id());
        OptionalLong start = ChunkRange.start(request);
        try {
            uploads.append(session, start, request.body());
        } catch (OutOfOrderException e) {
            throw outOfOrder(session, e);
        } catch (UploadGoneException e) {
            throw unknown(route.id());
        }
        return Response.empty(202, status(session));
    }

    Response finish(Route.FinishUpload route, Request request, Query query)
            throws DistributionException, IOException, InterruptedException {
        UploadSession session = session(route.repository(), route.id());
        String text =
                query.first("digest")
                        .orElseThrow(
                                () ->
                                        new DistributionException(
                                                ErrorCode.DIGEST_INVALID,
                                                "the parameter 'digest' is missing, which says what the upload should be"));
        Digest digest = digest(text);
        OptionalLong start = ChunkRange.start(request);
        try {
            uploads.finish(session, digest, start, request.body());
        } catch (OutOfOrderException e) {
            throw outOfOrder(session, e);
        } catch (UploadGoneException e) {
            throw unknown(route.id());
        }
        return created(route.repository(), digest);
    }

    Response cancel(Route.CancelUpload route) throws DistributionException, IOException {
        uploads.cancel(session(route.repository(), route.id()));
        return Response.empty(204, Headers.NONE);
    }

    /// A mount that can't be done is no error: the client uploads instead.
    private Optional<Response> mount(
            RepositoryName repository, String digestText, Optional<String> from)
            throws StorageException {
        try {
            Digest digest = Digest.parse(digestText);
            Optional<RepositoryName> source = from.map(RepositoryName::new);
            return isStored(digest) && index.mountBlob(repository, digest, source)
                    ? Optional.of(created(repository, digest))
                    : Optional.empty();
        } catch (InvalidDigestException | InvalidReferenceException _) {
            return Optional.empty();
        }
    }

    private boolean isStored(Digest digest) throws StorageException {
        Optional<ContentIndex.Content> known = contents.find(digest);
        return known.isPresent() && content.has(digest, known.get().size());
    }

    private UploadSession session(RepositoryName repository, String id)
            throws DistributionException, IOException {
        Optional<UploadSession> session = uploads.find(repository, id);
        if (session.isEmpty()) {
            throw unknown(id);
        }
        return session.get();
    }

    private static Response created(RepositoryName repository, Digest digest) {
        return Response.empty(
                201,
                Headers.of(
                        "Location", Locations.blob(repository, digest),
                        "Docker-Content-Digest", digest.toString()));
    }

    /// `Range` is `0-0` for no byte as well as for one, as in docker's registry.
    private static Headers status(UploadSession session) {
        String id = session.upload().id();
        return Headers.of(
                "Location",
                Locations.upload(session.upload().repository(), id),
                "Range",
                "0-" + Math.max(0, session.size() - 1),
                "Docker-Upload-UUID",
                id);
    }

    private static DistributionException outOfOrder(UploadSession session, OutOfOrderException e) {
        return new DistributionException(
                ErrorCode.RANGE_INVALID, 416, String.valueOf(e.getMessage()), status(session));
    }

    private static DistributionException unknown(String id) {
        return new DistributionException(
                ErrorCode.BLOB_UPLOAD_UNKNOWN,
                "there is no upload '" + id + "' in this repository; start a new one");
    }

    private static Digest digest(String text) throws DistributionException {
        try {
            return Digest.parse(text);
        } catch (InvalidDigestException e) {
            throw new DistributionException(
                    ErrorCode.DIGEST_INVALID, String.valueOf(e.getMessage()));
        }
    }

    private static DigestAlgorithm algorithm(Query query) throws DistributionException {
        String token = query.first("digest-algorithm").orElse(DigestAlgorithm.SHA256.token());
        return DigestAlgorithm.byToken(token)
                .orElseThrow(
                        () ->
                                new DistributionException(
                                        ErrorCode.DIGEST_INVALID,
                                        "the digest algorithm '"
                                                + token
                                                + "' is not supported; sha256 and sha512 are"));
    }
}
