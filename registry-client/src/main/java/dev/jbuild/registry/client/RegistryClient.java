package dev.jbuild.registry.client;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.InvalidDigestException;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Platform;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.client.auth.Scope;
import dev.jbuild.registry.client.transport.Answer;
import dev.jbuild.registry.client.transport.Call;
import dev.jbuild.registry.client.transport.Payload;
import dev.jbuild.registry.client.transport.RetryPolicy;
import dev.jbuild.registry.client.transport.Transport;
import dev.jbuild.registry.client.transport.Urls;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.GrowingBlob;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import okhttp3.HttpUrl;

/// Single requests to one registry (distribution-spec 1.1). References name the repository; their
/// registry is this client's. Safe for use by several threads; holds nothing that needs closing.
public final class RegistryClient {
    /// The largest manifest that is read, in bytes.
    public static final int LARGEST_MANIFEST = 8 << 20;

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final String MANIFEST_TYPES =
            String.join(
                    ", ",
                    MediaType.OCI_INDEX.value(),
                    MediaType.OCI_MANIFEST.value(),
                    MediaType.DOCKER_LIST.value(),
                    MediaType.DOCKER_MANIFEST.value());

    private final String registry;
    private final RegistryOptions options;
    private final Transport transport;
    private final Requests requests;
    private final Listings listings;

    /// Connects to nothing yet.
    ///
    /// @param registry host and port, such as `docker.io` or `127.0.0.1:5000`
    public RegistryClient(String registry, RegistryOptions options) {
        this.registry = registry;
        this.options = options;
        this.transport =
                new Transport(
                        registry,
                        new Transport.Settings(
                                options.credentials(),
                                options.plainHttp() == PlainHttp.ALLOWED,
                                options.network(),
                                new RetryPolicy(
                                        options.attempts(),
                                        options.firstPause(),
                                        LONGEST_PAUSE,
                                        options.deadline()),
                                (why, pause) ->
                                        options.events()
                                                .accept(new TransferEvent.Waiting(why, pause))));
        this.requests = new Requests(registry, transport);
        this.listings = new Listings(requests);
    }

    public String registry() {
        return registry;
    }

    /// Checks that the registry is there and takes the credentials, if there are any.
    ///
    /// @throws RegistryException if not; [RegistryException#isUnauthorized] tells the two apart
    public void checkLogin() throws IOException, InterruptedException {
        HttpUrl url = requests.url("");
        Call call = new Call("GET", url, java.util.Map.of(), Optional.empty(), List.of(), true);
        try (Answer answer = requests.send(call)) {
            if (!answer.isSuccess()) {
                throw requests.refused(answer);
            }
        }
    }

    /// What a name stands for at this moment.
    ///
    /// @throws RegistryException if there is no such manifest
    public Descriptor resolve(ImageReference reference) throws IOException, InterruptedException {
        Call call = manifestCall("HEAD", reference.repository(), reference.identifier());
        try (Answer answer = requests.send(call)) {
            Optional<Descriptor> descriptor = descriptor(answer);
            if (answer.isSuccess() && descriptor.isPresent()) {
                return descriptor.get();
            }
        }
        return fetchManifest(reference).descriptor(); // which also has the registry's words
    }

    /// As [#resolve], or empty if the registry has no such manifest.
    public Optional<Descriptor> find(ImageReference reference)
            throws IOException, InterruptedException {
        try {
            return Optional.of(resolve(reference));
        } catch (RegistryException e) {
            if (e.isNotFound()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// Fetches a manifest or index of any supported media type. By digest, the content is verified.
    ///
    /// @throws RegistryException if there is none; for a tag it names those that are there
    public Encoded<Manifest> fetchManifest(ImageReference reference)
            throws IOException, InterruptedException {
        Call call = manifestCall("GET", reference.repository(), reference.identifier());
        try (Answer answer = requests.send(call)) {
            if (answer.status() == 404) {
                throw notFound(answer, reference);
            }
            return read(answer, reference.digest(), OptionalLong.empty());
        }
    }

    /// Fetches the manifest that a descriptor points at, and verifies size and digest.
    public Encoded<Manifest> fetchManifest(RepositoryName repository, Descriptor descriptor)
            throws IOException, InterruptedException {
        Call call = manifestCall("GET", repository, descriptor.digest().toString());
        try (Answer answer = requests.send(call)) {
            return read(
                    answer, Optional.of(descriptor.digest()), OptionalLong.of(descriptor.size()));
        }
    }

    /// Fetches a blob into a store, verifying size and digest; a broken connection is resumed.
    public void fetchBlob(RepositoryName repository, Descriptor blob, BlobStore store)
            throws IOException, InterruptedException {
        new BlobDownload(requests, transport, repository, blob, options.events()).into(store);
    }

    /// Whether a repository has a blob.
    public boolean hasBlob(RepositoryName repository, Digest digest)
            throws IOException, InterruptedException {
        HttpUrl url = requests.url(repository + "/blobs/" + digest);
        try (Answer answer = requests.send(Call.of("HEAD", url, Scope.pull(repository)))) {
            if (answer.isSuccess() || answer.status() == 404) {
                return answer.isSuccess();
            }
            throw requests.refused(answer);
        }
    }

    /// Brings a blob from a store into a repository, unless it is there.
    ///
    /// @param mountFrom a repository of the same registry that may have it
    public void uploadBlob(
            RepositoryName repository,
            Descriptor blob,
            BlobStore store,
            Optional<RepositoryName> mountFrom)
            throws IOException, InterruptedException {
        new BlobUpload(requests, transport, repository, blob, store, options.events())
                .run(mountFrom);
    }

    /// Brings a blob into a repository while it is still being written, in one go: nothing is asked
    /// before, and nothing is tried again.
    ///
    /// @param wanted asked every now and then; once false, the upload is given up
    /// @throws IOException if that failed, or it was given up, by the blob's writer or by `wanted`;
    ///     the registry is told that nothing more comes
    public void uploadGrowing(RepositoryName repository, GrowingBlob blob, BooleanSupplier wanted)
            throws IOException, InterruptedException {
        UploadSessions sessions = new UploadSessions(requests, transport, repository);
        new GrowingUpload(requests, sessions, blob, wanted).run();
    }

    /// Stores a manifest under a tag, or under its digest alone. All that it names must be there.
    /// One with a `subject` is listed among the referrers, by the registry or else by the fallback
    /// tag.
    ///
    /// @return the manifest's descriptor
    public Descriptor putManifest(ImageReference target, Encoded<? extends Manifest> manifest)
            throws IOException, InterruptedException {
        Descriptor descriptor = manifest.descriptor();
        Call call =
                Call.of(
                                "PUT",
                                manifestUrl(target.repository(), target.identifier()),
                                Scope.push(target.repository()))
                        .with("Content-Type", descriptor.mediaType().value())
                        .with(Payload.of(manifest.bytes()));
        boolean listed;
        try (Answer answer = requests.send(call)) {
            if (!answer.isSuccess()) {
                throw requests.refused(answer);
            }
            Optional<String> stored = answer.header("Docker-Content-Digest");
            boolean same =
                    stored.isEmpty()
                            || stored.get().equals(descriptor.digest().toString())
                            || stored.equals(target.digest().map(Digest::toString));
            if (!same) {
                throw requests.broken(
                        answer,
                        "it stored '"
                                + requests.clean(stored.get())
                                + "' in place of "
                                + descriptor.digest());
            }
            listed =
                    manifest.value().subject().isEmpty()
                            || answer.header("OCI-Subject").isPresent();
        }
        if (!listed) {
            new FallbackReferrers(this, target.repository()).add(manifest);
        }
        return descriptor;
    }

    /// All tags of a repository in the registry's order.
    public List<Tag> tags(RepositoryName repository) throws IOException, InterruptedException {
        return listings.tags(repository);
    }

    /// The manifests whose `subject` is the given one.
    ///
    /// @param artifactType empty for all
    public List<Descriptor> referrers(
            RepositoryName repository, Digest subject, Optional<MediaType> artifactType)
            throws IOException, InterruptedException {
        Optional<List<Descriptor>> listed = listings.referrers(repository, subject, artifactType);
        List<Descriptor> all =
                listed.isPresent()
                        ? listed.get()
                        : new FallbackReferrers(this, repository).list(subject);
        return all.stream()
                .filter(d -> artifactType.isEmpty() || d.artifactType().equals(artifactType))
                .toList();
    }

    /// Removes a tag, or by digest a manifest with all its tags.
    public void deleteManifest(ImageReference reference) throws IOException, InterruptedException {
        Call call =
                Call.of(
                        "DELETE",
                        manifestUrl(reference.repository(), reference.identifier()),
                        Scope.delete(reference.repository()));
        try (Answer answer = requests.send(call)) {
            if (answer.status() == 404) {
                throw notFound(answer, reference);
            }
            if (!answer.isSuccess()) {
                throw requests.refused(answer);
            }
        }
    }

    /// Asks for a token for the whole push at once.
    void preparePush(RepositoryName repository, Optional<RepositoryName> mountFrom)
            throws IOException, InterruptedException {
        List<Scope> push = List.of(Scope.push(repository));
        List<Scope> scopes =
                mountFrom
                        .filter(from -> !from.equals(repository))
                        .map(from -> Scope.union(push, List.of(Scope.pull(from))))
                        .orElse(push);
        HttpUrl url = requests.url("");
        try {
            transport.authorize(scopes);
        } catch (IOException e) {
            throw requests.failure("GET", url, e);
        }
    }

    void tell(TransferEvent event) {
        options.events().accept(event);
    }

    RegistryException noSuchPlatform(ImageReference reference, ImageIndex index, Platform wanted) {
        String offered =
                index.manifests().stream()
                        .flatMap(child -> child.platform().stream())
                        .filter(platform -> !platform.os().equals("unknown"))
                        .map(Platform::toString)
                        .distinct()
                        .collect(Collectors.joining(", "));
        return new RegistryException(
                new RegistryException.Request(
                        "GET",
                        Urls.redact(
                                transport.nominalUrl(
                                        reference.repository()
                                                + "/manifests/"
                                                + reference.identifier()))),
                "there is no image for " + wanted + " in it",
                offered.isEmpty() ? "it has none at all" : "it has " + offered);
    }

    private HttpUrl manifestUrl(RepositoryName repository, String identifier)
            throws IOException, InterruptedException {
        return requests.url(repository + "/manifests/" + identifier);
    }

    private Call manifestCall(String method, RepositoryName repository, String identifier)
            throws IOException, InterruptedException {
        return Call.of(method, manifestUrl(repository, identifier), Scope.pull(repository))
                .with("Accept", MANIFEST_TYPES);
    }

    /// What the headers say, if they say all of it.
    private static Optional<Descriptor> descriptor(Answer answer) {
        Optional<String> type = answer.header("Content-Type");
        Optional<String> digest = answer.header("Docker-Content-Digest");
        OptionalLong length = answer.length();
        if (type.isEmpty() || digest.isEmpty() || length.isEmpty()) {
            return Optional.empty();
        }
        try {
            MediaType mediaType = MediaType.parse(type.get());
            return mediaType.isIndex() || mediaType.isImageManifest()
                    ? Optional.of(
                            new Descriptor(
                                    mediaType, Digest.parse(digest.get()), length.getAsLong()))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // as good as none: the content will tell
        }
    }

    private Encoded<Manifest> read(Answer answer, Optional<Digest> expected, OptionalLong size)
            throws IOException {
        if (!answer.isSuccess()) {
            throw requests.refused(answer);
        }
        byte[] bytes = bytes(answer, size);
        Optional<Digest> promised = expected.isPresent() ? expected : promised(answer);
        if (promised.isPresent()) {
            Digest actual = Digest.of(promised.get().algorithm(), bytes);
            if (!actual.equals(promised.get())) {
                throw new RegistryException(
                        requests.request(answer),
                        "the manifest hashes to " + actual + ", not to " + promised.get(),
                        "it was damaged or tampered with in the registry or on its way: do not use it, tell who runs the registry");
            }
        }
        try {
            Optional<MediaType> type = answer.header("Content-Type").map(MediaType::parse);
            return OciJson.readManifest(bytes, type);
        } catch (InvalidJsonException | IllegalArgumentException e) {
            throw new RegistryException(
                            requests.request(answer),
                            requests.clean(e.getMessage()),
                            "this is no image that jbuild can use")
                    .causedBy(e);
        }
    }

    private byte[] bytes(Answer answer, OptionalLong size) throws IOException {
        byte[] bytes;
        try {
            bytes = answer.bytes((int) Math.min(LARGEST_MANIFEST, size.orElse(LARGEST_MANIFEST)));
        } catch (IOException e) {
            throw requests.failure(answer.method(), answer.url(), e);
        }
        if (size.isPresent() && bytes.length != size.getAsLong()) {
            throw requests.broken(
                    answer,
                    "the manifest has " + bytes.length + " bytes in place of " + size.getAsLong());
        }
        return bytes;
    }

    private static Optional<Digest> promised(Answer answer) {
        try {
            return answer.header("Docker-Content-Digest").map(Digest::parse);
        } catch (InvalidDigestException e) {
            return Optional.empty(); // a header of no meaning is as good as none
        }
    }

    private RegistryException notFound(Answer answer, ImageReference reference)
            throws InterruptedException {
        if (reference.digest().isPresent()) {
            return requests.refused(
                    answer,
                    Optional.of(
                            reference.digest().get()
                                    + " is not in '"
                                    + reference.repository()
                                    + "'"),
                    "check the digest and the repository; if it is private, " + requests.login());
        }
        String tag = reference.tag().map(Tag::value).orElse("");
        return requests.refused(
                answer,
                Optional.of("tag '" + tag + "' is not in '" + reference.repository() + "'"),
                listings.suggestion(reference.repository())
                        .orElse("check the name; if it is private, " + requests.login()));
    }
}
