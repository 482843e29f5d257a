package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.ErrorCode;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.http.BodyInterruptedException;
import dev.jbuild.registry.server.http.Exchange;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Query;
import dev.jbuild.registry.server.http.Request;
import dev.jbuild.registry.server.http.Response;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.RuleViolationException;
import dev.jbuild.registry.server.storage.StorageException;
import dev.jbuild.registry.server.storage.UploadSessions;
import dev.jbuild.store.DigestMismatchException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Answers the requests of the specification. The one place where what went wrong becomes an error
/// document.
public final class RegistryHandler implements Exchange {
    private final Lookups lookups;
    private final BlobEndpoint blobs;
    private final UploadEndpoint uploads;
    private final ManifestEndpoint manifests;
    private final ListEndpoint lists;
    private final ReferrersEndpoint referrers;
    private final Answers answers;
    private final BooleanSupplier readOnly;
    private final Consumer<Exception> failures;

    /// @param sparse the repositories whose manifests may lack blobs and children
    /// @param readOnly whether pushes and deletes are refused just now
    /// @param failures told of what is nobody's fault but this server's or its disk's
    public RegistryHandler(
            Metadata metadata,
            ContentStore content,
            UploadSessions sessions,
            Predicate<RepositoryName> sparse,
            GarbagePolicy garbage,
            BooleanSupplier readOnly,
            Consumer<Exception> failures) {
        LostContent lost = new LostContent(failures, System::nanoTime);
        lookups = new Lookups(metadata, content, lost, System::nanoTime);
        blobs = new BlobEndpoint(metadata.repositories(), lookups, content, garbage);
        uploads = new UploadEndpoint(sessions, metadata, content);
        manifests = new ManifestEndpoint(metadata, lookups, content, lost, sparse, garbage);
        lists = new ListEndpoint(metadata.repositories(), metadata.manifests());
        referrers = new ReferrersEndpoint(metadata.manifests(), metadata::generation, content);
        answers = new Answers(metadata::generation, System::nanoTime);
        this.readOnly = readOnly;
        this.failures = failures;
    }

    @Override
    public Response respond(Request request) throws InterruptedException {
        Response response = answer(request);
        return new Response(
                response.status(),
                response.headers().with("Docker-Distribution-API-Version", "registry/2.0"),
                response.content());
    }

    @Override
    public Optional<Response> immediately(Request request) throws InterruptedException {
        Optional<Answers.Question> question = Answers.Question.of(request);
        Optional<Response> given = question.flatMap(answers::given);
        if (given.isPresent()) {
            return given;
        }
        long generation = answers.generation();
        Validity validity = validity(request);
        if (validity == Validity.UNKNOWN) {
            return Optional.empty();
        }
        OptionalLong lookedUp =
                validity == Validity.UNTIL_A_CHANGE ? lookedUp(request) : OptionalLong.empty();
        Response response = respond(request);
        if (lookedUp.isPresent()) {
            question.ifPresent(
                    asked -> answers.keep(asked, generation, lookedUp.getAsLong(), response));
        }
        return Optional.of(response);
    }

    /// How long the answer to a read is what it is.
    private enum Validity {
        /// It has to be looked for.
        UNKNOWN,
        AT_PRESENT,
        UNTIL_A_CHANGE
    }

    private Validity validity(Request request) {
        try {
            return switch (Router.route(request.method(), request.path())) {
                case Route.ReadManifest read ->
                        validity(
                                manifests.isAtHand(read, request),
                                manifests.isLasting(read, request));
                case Route.ReadBlob read ->
                        validity(blobs.isAtHand(read, request), blobs.isLasting(read));
                default -> Validity.UNKNOWN;
            };
        } catch (DistributionException _) {
            return Validity.UNKNOWN; // told by the one who answers
        }
    }

    /// When what the answer will say was looked up, in nanoseconds.
    private OptionalLong lookedUp(Request request) {
        try {
            return switch (Router.route(request.method(), request.path())) {
                case Route.ReadManifest read ->
                        lookups.manifestNanos(read.repository(), read.reference());
                case Route.ReadBlob read -> lookups.blobNanos(read.repository(), read.digest());
                default -> OptionalLong.empty();
            };
        } catch (DistributionException _) {
            return OptionalLong.empty(); // told by the one who answers
        }
    }

    private static Validity validity(boolean atHand, boolean lasting) {
        if (!atHand) {
            return Validity.UNKNOWN;
        }
        return lasting ? Validity.UNTIL_A_CHANGE : Validity.AT_PRESENT;
    }

    private Response answer(Request request) throws InterruptedException {
        try {
            Route route = Router.route(request.method(), request.path());
            if (route.action().changes() && readOnly.getAsBoolean()) {
                throw new DistributionException(
                        ErrorCode.UNSUPPORTED,
                        "this registry is read-only at present: its operator has switched pushes"
                                + " and deletes off");
            }
            return handle(route, request, query(request));
        } catch (DistributionException e) {
            return e.response();
        } catch (DigestMismatchException e) {
            return error(
                    ErrorCode.DIGEST_INVALID,
                    "the content hashes to " + e.actual() + ", but was pushed as " + e.expected());
        } catch (BodyInterruptedException e) {
            return error(ErrorCode.BLOB_UPLOAD_INVALID, String.valueOf(e.getMessage()));
        } catch (RuleViolationException e) {
            return refused(e);
        } catch (StorageException e) {
            failures.accept(e);
            return error(ErrorCode.UNAVAILABLE, String.valueOf(e.getMessage()));
        } catch (IOException | RuntimeException e) {
            failures.accept(e);
            return error(
                    ErrorCode.UNKNOWN,
                    "the registry could not handle this request; its operator finds why in its"
                            + " log");
        }
    }

    private static Response refused(RuleViolationException violation) {
        String message = String.valueOf(violation.getMessage());
        return switch (violation.rule()) {
            case INCOMPLETE -> Response.error(400, ErrorCode.DENIED, message, Headers.NONE);
            case QUOTA -> Response.error(403, ErrorCode.DENIED, message, Headers.NONE);
            case IMMUTABLE_TAG -> Response.error(409, ErrorCode.DENIED, message, Headers.NONE);
            case TOO_MANY_UPLOADS ->
                    Response.error(
                            ErrorCode.TOOMANYREQUESTS.status(),
                            ErrorCode.TOOMANYREQUESTS,
                            message,
                            Headers.of("Retry-After", "60"));
        };
    }

    private Response handle(Route route, Request request, Query query)
            throws DistributionException, IOException, InterruptedException {
        return switch (route) {
            case Route.Ping _ -> json("{}");
            case Route.Catalog _ -> lists.catalog(query, request.visible());
            case Route.Discover _ -> json("{\"extensions\":[]}");
            case Route.ReadBlob read -> blobs.read(read, request);
            case Route.DeleteBlob delete -> blobs.delete(delete);
            case Route.StartUpload start -> uploads.start(start, request, query);
            case Route.ReadUpload read -> uploads.read(read);
            case Route.PatchUpload patch -> uploads.patch(patch, request);
            case Route.FinishUpload finish -> uploads.finish(finish, request, query);
            case Route.CancelUpload cancel -> uploads.cancel(cancel);
            case Route.ReadManifest read -> manifests.read(read, request);
            case Route.PutManifest put -> manifests.put(put, request, query);
            case Route.DeleteManifest delete -> manifests.delete(delete);
            case Route.ListTags list -> lists.tags(list, query);
            case Route.ListReferrers list -> referrers.list(list, query);
        };
    }

    private static Query query(Request request) throws DistributionException {
        try {
            return Query.parse(request.query());
        } catch (IllegalArgumentException e) {
            throw new DistributionException(ErrorCode.NAME_INVALID, String.valueOf(e.getMessage()));
        }
    }

    private static Response json(String body) {
        return Response.bytes(
                200,
                Headers.of("Content-Type", "application/json"),
                body.getBytes(StandardCharsets.UTF_8));
    }

    private static Response error(ErrorCode code, String message) {
        return Response.error(code.status(), code, message, Headers.NONE);
    }
}
