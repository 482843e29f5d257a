package dev.jbuild.cli;

import dev.jbuild.builder.image.StoreImages;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.Platform;
import dev.jbuild.registry.client.PlainHttp;
import dev.jbuild.registry.client.PulledImage;
import dev.jbuild.registry.client.Puller;
import dev.jbuild.registry.client.Pusher;
import dev.jbuild.registry.client.RegistryClient;
import dev.jbuild.registry.client.RegistryOptions;
import dev.jbuild.registry.client.TransferEvent;
import dev.jbuild.registry.client.auth.CredentialSource;
import dev.jbuild.registry.client.network.Network;
import dev.jbuild.signing.IdentityPolicy;
import dev.jbuild.signing.KeyFile;
import dev.jbuild.signing.Passphrase;
import dev.jbuild.signing.SignatureImage;
import dev.jbuild.signing.SignatureLayer;
import dev.jbuild.signing.Signer;
import dev.jbuild.signing.SigningKey;
import dev.jbuild.signing.Verdict;
import dev.jbuild.signing.VerificationKey;
import dev.jbuild.signing.Verifier;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Images between the store and registries, with their signatures.
final class Registries implements StoreImages.Source {
    private final Session session;
    private final Store store;
    private final boolean plainHttp;

    /// @param plainHttp whether http is allowed to registries that are not this machine
    Registries(Session session, Store store, boolean plainHttp) {
        this.session = session;
        this.store = store;
        this.plainHttp = plainHttp;
    }

    /// How to speak to any registry, with the user's credentials.
    static RegistryOptions options(Console console, boolean plainHttp) {
        return RegistryOptions.standard()
                .with(CredentialSource.standard(console.environment(), home(console)))
                .with(plainHttp ? PlainHttp.ALLOWED : PlainHttp.LOOPBACK_ONLY)
                .with(network(console))
                .withEvents(event -> tellWaiting(event, console));
    }

    static Network network(Console console) {
        return Network.standard(console.environment(), home(console));
    }

    static Path home(Console console) {
        return Path.of(console.variable("HOME").orElse("/"));
    }

    /// Pulls an image into the store, under its name.
    @Override
    public void pull(ImageReference reference, Platform platform)
            throws IOException, InterruptedException {
        pullImage(reference, platform);
    }

    /// @return what the name stands for
    Descriptor pullImage(ImageReference reference, Platform platform)
            throws IOException, InterruptedException {
        PulledImage pulled = new Puller(client(reference), store.blobs()).pull(reference, platform);
        Descriptor root = pulled.root().descriptor();
        store.images().put(reference, root);
        return root;
    }

    /// Pulls an index with all its images.
    Descriptor pullAll(ImageReference reference) throws IOException, InterruptedException {
        Descriptor root =
                new Puller(client(reference), store.blobs()).pullAll(reference).descriptor();
        store.images().put(reference, root);
        return root;
    }

    /// Gets again what is missing of an image, by its digest: whatever the name stands for now.
    void fetchAgain(ImageReference name, Descriptor image)
            throws IOException, InterruptedException {
        RegistryOptions options =
                options(session.console(), plainHttp)
                        .withRetries(2, Duration.ofMillis(250), Duration.ofSeconds(30));
        RegistryClient client = new RegistryClient(name.registry(), options);
        Puller puller = new Puller(client, store.blobs());
        ImageReference exactly = name.withDigest(image.digest());
        for (Platform platform : platforms(image)) {
            puller.pull(exactly, platform);
        }
    }

    /// Those of an index that are here in part; this machine's, if that can't be told.
    private Set<Platform> platforms(Descriptor image) {
        Set<Platform> platforms = new HashSet<>();
        try {
            if (new ImageDocuments(store.blobs()).manifest(image).value()
                    instanceof ImageIndex index) {
                index.manifests().stream()
                        .filter(child -> Files.exists(store.blobs().path(child.digest())))
                        .forEach(child -> child.platform().ifPresent(platforms::add));
            }
        } catch (IOException missing) {
            return Set.of(Platform.host());
        }
        return platforms.isEmpty() ? Set.of(Platform.host()) : platforms;
    }

    /// Pushes an image; if it is signed, then before its tag appears.
    ///
    /// @param key the file of the key to sign it with
    void push(ImageReference target, Descriptor image, Optional<Path> key)
            throws IOException, InterruptedException {
        RegistryClient client = client(target);
        Pusher pusher = new Pusher(client, store.blobs());
        if (key.isEmpty()) {
            pusher.push(image, target, Optional.empty());
            return;
        }
        SigningKey signingKey = readKey(key.get());
        pusher.push(image, target.withDigest(image.digest()), Optional.empty());
        Encoded<Manifest> manifest = new ImageDocuments(store.blobs()).manifest(image);
        sign(client, target, manifest, signingKey, Map.of());
        client.putManifest(target, manifest);
    }

    /// Begins to upload layers to where they will be pushed, while others are still being made. The
    /// caller closes it.
    EarlyUploads earlyUploads(List<ImageReference> targets) {
        Map<ImageReference, RegistryClient> clients = new LinkedHashMap<>();
        targets.forEach(target -> clients.put(target, client(target)));
        return new EarlyUploads(clients, store.blobs());
    }

    /// Signs an image in its registry, and all images below it if it is an index.
    ///
    /// @return how many manifests were signed
    int sign(ImageReference name, Path key, Map<String, String> annotations)
            throws IOException, InterruptedException {
        SigningKey signingKey = readKey(key);
        RegistryClient client = client(name);
        return sign(client, name, client.fetchManifest(name), signingKey, annotations);
    }

    /// Verifies the signatures of an image in its registry.
    Verdict verify(ImageReference name, Path publicKey, IdentityPolicy policy)
            throws IOException, InterruptedException {
        VerificationKey key = VerificationKey.parsePem(Files.readAllBytes(publicKey));
        RegistryClient client = client(name);
        Descriptor image = client.resolve(name);
        Optional<SignatureImage> signatures = signatures(client, name, image);
        return new Verifier(List.of(key), policy)
                .verify(image.digest(), signatures.map(SignatureImage::layers).orElse(List.of()));
    }

    private int sign(
            RegistryClient client,
            ImageReference name,
            Encoded<Manifest> root,
            SigningKey key,
            Map<String, String> annotations)
            throws IOException, InterruptedException {
        List<Descriptor> targets = Signer.targets(root, child -> fetch(client, name, child));
        Signer signer = new Signer(key);
        for (Descriptor target : targets) {
            SignatureLayer signature = signer.sign(target, name, annotations);
            Optional<SignatureImage> before = signatures(client, name, target);
            SignatureImage after =
                    before.isPresent()
                            ? before.get().with(signature, key.verificationKey())
                            : SignatureImage.of(signature);
            Descriptor stored = after.writeTo(store.blobs());
            new Pusher(client, store.blobs())
                    .push(
                            stored,
                            name.withTag(SignatureImage.tag(target.digest())),
                            Optional.empty());
        }
        return targets.size();
    }

    private Optional<SignatureImage> signatures(
            RegistryClient client, ImageReference name, Descriptor image)
            throws IOException, InterruptedException {
        ImageReference tag = name.withTag(SignatureImage.tag(image.digest()));
        if (client.find(tag).isEmpty()) {
            return Optional.empty();
        }
        Encoded<Manifest> manifest = new Puller(client, store.blobs()).pullAll(tag);
        return Optional.of(SignatureImage.readFrom(store.blobs(), manifest.descriptor()));
    }

    private static Encoded<Manifest> fetch(
            RegistryClient client, ImageReference name, Descriptor child) throws IOException {
        try {
            return client.fetchManifest(name.repository(), child);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped while reading " + child.digest());
        }
    }

    private SigningKey readKey(Path file) throws IOException {
        byte[] pem = Files.readAllBytes(file);
        try (Passphrase passphrase = Passphrases.forKey(session.console(), file.toString())) {
            return KeyFile.decrypt(pem, passphrase);
        }
    }

    private RegistryClient client(ImageReference name) {
        return new RegistryClient(name.registry(), options(session.console(), plainHttp));
    }

    private static void tellWaiting(TransferEvent event, Console console) {
        if (event instanceof TransferEvent.Waiting waiting) {
            console.err()
                    .println("waiting " + waiting.pause().toSeconds() + " s: " + waiting.why());
        }
    }
}
