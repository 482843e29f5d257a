package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.ErrorCode;
import dev.jbuild.oci.InvalidReferenceException;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.http.BodyTooLargeException;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Query;
import dev.jbuild.registry.server.http.Request;
import dev.jbuild.registry.server.http.Response;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import dev.jbuild.registry.server.storage.ManifestIndex;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.Reference;
import dev.jbuild.registry.server.storage.RepositoryIndex;
import dev.jbuild.registry.server.storage.StorageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Manifests (distribution-spec 1.1, "Pulling manifests", "Pushing Manifests", "Deleting
/// Manifests"). The bytes are kept and sent as they came.
final class ManifestEndpoint {
    /// The specification wants 4 MiB at least.
    static final int LARGEST = 4 * 1024 * 1024;

    /// The specification wants 10 at least.
    static final int MOST_TAGS = 50;

    private final ManifestIndex index;
    private final RepositoryIndex repositories;
    private final Lookups lookups;
    private final ContentStore content;
    private final LostContent lost;
    private final ManifestCache cache;
    private final Predicate<RepositoryName> sparse;
    private final GarbagePolicy garbage;

    /// @param sparse the repositories whose manifests may lack blobs and children
    ManifestEndpoint(
            Metadata metadata,
            Lookups lookups,
            ContentStore content,
            LostContent lost,
            Predicate<RepositoryName> sparse,
            GarbagePolicy garbage) {
        this.index = metadata.manifests();
        this.repositories = metadata.repositories();
        this.lost = lost;
        this.lookups = lookups;
        this.garbage = garbage;
        this.content = content;
        this.cache = new ManifestCache(content);
        this.sparse = sparse;
    }

    Response read(Route.ReadManifest route, Request request)
            throws DistributionException, StorageException {
        ManifestIndex.Entry entry =
                lookups.manifest(route.repository(), route.reference())
                        .orElseThrow(() -> unknown(route.repository(), route.reference()));
        if (route.reference() instanceof Reference.ByTag(Tag tag)) {
            checkAccepted(request, tag, entry.mediaType());
        }
        if (request.isHead() && isSoonCollected(route.repository(), entry)) {
            if (!index.keep(route.repository(), entry.digest())) {
                throw unknown(route.repository(), route.reference());
            }
        }
        Optional<Response> notModified = Conditions.notModified(request, entry.digest());
        if (notModified.isPresent()) {
            return notModified.get();
        }
        byte[] bytes = bytes(route, entry.digest());
        return Response.bytes(
                200,
                Headers.of(
                        "Content-Type", entry.mediaType().value(),
                        "Docker-Content-Digest", entry.digest().toString(),
                        "ETag", Conditions.entityTag(entry.digest()),
                        "X-Content-Type-Options", "nosniff"),
                bytes);
    }

    private byte[] bytes(Route.ReadManifest route, Digest digest)
            throws DistributionException, StorageException {
        Optional<byte[]> bytes = cache.read(digest);
        if (bytes.isEmpty()) {
            lost.damaged(digest);
            throw unknown(route.repository(), route.reference());
        }
        return bytes.get();
    }

    /// Whether [#read] has nothing to wait for.
    boolean isAtHand(Route.ReadManifest route, Request request) {
        return lookups.knownManifest(route.repository(), route.reference())
                .filter(entry -> cache.has(entry.digest()))
                .filter(entry -> !request.isHead() || !isSoonCollected(route.repository(), entry))
                .isPresent();
    }

    /// Whether the answer of [#read], which is at hand, stays the same until the index changes.
    boolean isLasting(Route.ReadManifest route, Request request) {
        return !request.isHead()
                || lookups.knownManifest(route.repository(), route.reference())
                        .filter(entry -> entry.looseSinceMillis().isEmpty())
                        .isPresent();
    }

    /// A client told that a manifest is here will not push it.
    private boolean isSoonCollected(RepositoryName repository, ManifestIndex.Entry entry) {
        Optional<GarbagePolicy.Age> age = garbage.promised(repository);
        return entry.looseSinceMillis().isPresent()
                && age.isPresent()
                && age.get().needsRenewal(entry.looseSinceMillis().getAsLong());
    }

    Response put(Route.PutManifest route, Request request, Query query)
            throws DistributionException, IOException, InterruptedException {
        List<Tag> tags = tags(route.reference(), query);
        byte[] bytes = body(request);
        Digest digest = digest(route.reference(), bytes);
        ManifestIndex.Addition addition = ManifestCheck.read(bytes, digest, contentType(request));
        if (sparse.test(route.repository())) {
            addition = addition.sparse();
        }
        requireFiles(route.repository(), addition);
        store(route, request, bytes, addition, tags);
        Headers headers =
                Headers.of(
                        "Location", Locations.manifest(route.repository(), route.reference()),
                        "Docker-Content-Digest", digest.toString());
        if (addition.subject().isPresent()) {
            headers = headers.with("OCI-Subject", addition.subject().get().toString());
        }
        for (String tag : query.all("tag")) {
            headers = headers.with("OCI-Tag", tag);
        }
        return Response.empty(201, headers);
    }

    Response delete(Route.DeleteManifest route) throws DistributionException, StorageException {
        boolean deleted =
                switch (route.reference()) {
                    case Reference.ByDigest(Digest digest) ->
                            index.delete(route.repository(), digest);
                    case Reference.ByTag(Tag tag) -> index.untag(route.repository(), tag);
                };
        if (!deleted) {
            throw unknown(route.repository(), route.reference());
        }
        return Response.empty(202, Headers.NONE);
    }

    private void store(
            Route.PutManifest route,
            Request request,
            byte[] bytes,
            ManifestIndex.Addition addition,
            List<Tag> tags)
            throws DistributionException, StorageException {
        ManifestIndex.Outcome outcome;
        try (ContentStore.Hold hold = content.hold(addition.descriptor().digest())) {
            hold.put(bytes);
            outcome = index.put(route.repository(), addition, tags, Conditions.ofTag(request));
            if (outcome instanceof ManifestIndex.Outcome.Stored) {
                hold.known();
            }
        }
        switch (outcome) {
            case ManifestIndex.Outcome.Stored() -> {}
            case ManifestIndex.Outcome.Missing(List<Digest> digests) ->
                    throw lacking(route.repository(), digests);
            case ManifestIndex.Outcome.WrongSize(ManifestIndex.Mention mention, long size) ->
                    throw new DistributionException(
                            ErrorCode.MANIFEST_INVALID,
                            "invalid manifest: it says that "
                                    + mention.digest()
                                    + " has "
                                    + mention.size()
                                    + " bytes, but it has "
                                    + size);
            case ManifestIndex.Outcome.ConditionFailed() ->
                    throw new DistributionException(
                            ErrorCode.DENIED,
                            412,
                            "the tag is not as If-Match or If-None-Match expects it; somebody else"
                                    + " has moved it",
                            Headers.NONE);
        }
    }

    private static DistributionException lacking(RepositoryName repository, List<Digest> digests) {
        return new DistributionException(
                ErrorCode.MANIFEST_BLOB_UNKNOWN,
                "'"
                        + repository
                        + "' lacks what the manifest refers to: "
                        + digests.stream().map(Digest::toString).collect(Collectors.joining(", "))
                        + "; push that first");
    }

    /// What the disk has lost has to be pushed first, too. Of content of other repositories nothing
    /// is told.
    private void requireFiles(RepositoryName repository, ManifestIndex.Addition addition)
            throws DistributionException, StorageException {
        List<Digest> gone = new ArrayList<>();
        Map<Digest, Long> mentioned =
                addition.mentions().stream()
                        .collect(
                                Collectors.toMap(
                                        ManifestIndex.Mention::digest,
                                        ManifestIndex.Mention::size,
                                        Math::max));
        for (Digest blob : addition.blobs()) {
            if (!isStored(blob, mentioned)) {
                Optional<RepositoryIndex.Blob> known = repositories.findBlob(repository, blob);
                if (known.isPresent() && !content.has(blob, known.get().size())) {
                    gone.add(blob);
                }
            }
        }
        for (Digest child : addition.manifests()) {
            if (!isStored(child, mentioned)) {
                Optional<ManifestIndex.Entry> known =
                        index.find(repository, new Reference.ByDigest(child));
                if (known.isPresent() && !content.has(child, known.get().size())) {
                    gone.add(child);
                }
            }
        }
        if (!gone.isEmpty()) {
            gone.forEach(lost);
            throw lacking(repository, gone);
        }
    }

    /// Without asking the index, which alone knows whether the manifest or the file is wrong.
    private boolean isStored(Digest digest, Map<Digest, Long> mentioned) throws StorageException {
        Long size = mentioned.get(digest);
        return size != null && content.has(digest, size);
    }

    private static byte[] body(Request request)
            throws DistributionException, IOException, InterruptedException {
        try {
            return request.body().readAll(LARGEST);
        } catch (BodyTooLargeException _) {
            throw new DistributionException(
                    ErrorCode.MANIFEST_INVALID,
                    413,
                    "the manifest is larger than " + LARGEST + " bytes",
                    Headers.NONE);
        }
    }

    private static Digest digest(Reference reference, byte[] bytes) throws DistributionException {
        return switch (reference) {
            case Reference.ByTag(_) -> Digest.of(DigestAlgorithm.SHA256, bytes);
            case Reference.ByDigest(Digest promised) -> {
                Digest actual = Digest.of(promised.algorithm(), bytes);
                if (!actual.equals(promised)) {
                    throw new DistributionException(
                            ErrorCode.DIGEST_INVALID,
                            "the manifest was pushed as "
                                    + promised
                                    + ", but its bytes hash to "
                                    + actual);
                }
                yield actual;
            }
        };
    }

    private static List<Tag> tags(Reference reference, Query query) throws DistributionException {
        Set<Tag> tags = new LinkedHashSet<>();
        if (reference instanceof Reference.ByTag(Tag tag)) {
            tags.add(tag);
        }
        for (String name : query.all("tag")) {
            try {
                tags.add(new Tag(name));
            } catch (InvalidReferenceException e) {
                throw new DistributionException(
                        ErrorCode.TAG_INVALID, String.valueOf(e.getMessage()));
            }
        }
        if (tags.size() > MOST_TAGS) {
            throw new DistributionException(
                    ErrorCode.TAG_INVALID,
                    414,
                    tags.size() + " tags at once; " + MOST_TAGS + " is the most",
                    Headers.NONE);
        }
        return new ArrayList<>(tags);
    }

    private static Optional<MediaType> contentType(Request request) throws DistributionException {
        Optional<String> header =
                request.headers().first("Content-Type").filter(text -> !text.isBlank());
        try {
            return header.map(MediaType::parse);
        } catch (IllegalArgumentException e) {
            throw new DistributionException(
                    ErrorCode.MANIFEST_INVALID, String.valueOf(e.getMessage()));
        }
    }

    private static void checkAccepted(Request request, Tag tag, MediaType type)
            throws DistributionException {
        if (!Accept.of(request.headers().all("Accept")).allows(type)) {
            throw new DistributionException(
                    ErrorCode.MANIFEST_UNKNOWN,
                    "tag '"
                            + tag
                            + "' is a manifest of type '"
                            + type
                            + "', but the accept header does not support that type");
        }
    }

    private static DistributionException unknown(RepositoryName repository, Reference reference) {
        String what =
                switch (reference) {
                    case Reference.ByTag(Tag tag) -> "tag '" + tag + "'";
                    case Reference.ByDigest(Digest digest) -> "manifest " + digest;
                };
        return new DistributionException(
                ErrorCode.MANIFEST_UNKNOWN, what + " is not in '" + repository + "'");
    }
}
