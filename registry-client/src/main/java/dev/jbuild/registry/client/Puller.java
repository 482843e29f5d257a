package dev.jbuild.registry.client;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Platform;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.BlobWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// Pulls images from one registry into a store: what is missing, several blobs at a time, every
/// digest and size verified. A manifest is stored after all that it names. Safe for use by several
/// threads.
public final class Puller {
    /// Blobs at a time.
    public static final int PARALLEL = 6;

    private static final int DEEPEST_NESTING = 4;

    private final RegistryClient client;
    private final BlobStore store;
    private final Parallel parallel;

    public Puller(RegistryClient client, BlobStore store) {
        this(client, store, PARALLEL);
    }

    /// @param most blobs at a time
    public Puller(RegistryClient client, BlobStore store, int most) {
        this.client = client;
        this.store = store;
        this.parallel = new Parallel(most);
    }

    /// Pulls the image for one platform. Of an index, the index itself and that one image.
    ///
    /// @throws RegistryException if there is no such image, or the registry is at fault
    public PulledImage pull(ImageReference reference, Platform platform)
            throws IOException, InterruptedException {
        Encoded<Manifest> root = client.fetchManifest(reference);
        List<Encoded<Manifest>> manifests = new ArrayList<>(List.of(root));
        while (manifests.getLast().value() instanceof ImageIndex index) {
            checkNesting(reference, manifests.size());
            Descriptor child =
                    index.select(platform)
                            .orElseThrow(() -> client.noSuchPlatform(reference, index, platform));
            manifests.add(manifest(reference.repository(), child));
        }
        Encoded<ImageManifest> image =
                OciJson.readImageManifest(
                        manifests.getLast().bytes(),
                        Optional.of(manifests.getLast().descriptor().mediaType()));
        fetchBlobs(reference.repository(), List.of(image.value()));
        for (Encoded<Manifest> manifest : manifests.reversed()) {
            store(manifest);
        }
        return new PulledImage(root, image);
    }

    /// Pulls everything that the name stands for, for all platforms.
    ///
    /// @return the index, or the image if it is but one
    public Encoded<Manifest> pullAll(ImageReference reference)
            throws IOException, InterruptedException {
        Encoded<Manifest> root = client.fetchManifest(reference);
        Map<Digest, Encoded<Manifest>> all = new LinkedHashMap<>();
        collect(reference, root, all, 0);
        List<ImageManifest> images =
                all.values().stream()
                        .map(Encoded::value)
                        .filter(ImageManifest.class::isInstance)
                        .map(ImageManifest.class::cast)
                        .toList();
        fetchBlobs(reference.repository(), images);
        for (Encoded<Manifest> manifest : all.values()) {
            store(manifest);
        }
        return root;
    }

    /// Children come before their parents.
    private void collect(
            ImageReference reference,
            Encoded<Manifest> manifest,
            Map<Digest, Encoded<Manifest>> all,
            int depth)
            throws IOException, InterruptedException {
        checkNesting(reference, depth);
        if (manifest.value() instanceof ImageIndex index) {
            for (Descriptor child : index.manifests()) {
                if (!all.containsKey(child.digest())) {
                    collect(reference, manifest(reference.repository(), child), all, depth + 1);
                }
            }
        }
        all.putIfAbsent(manifest.descriptor().digest(), manifest);
    }

    private static void checkNesting(ImageReference reference, int depth) throws IOException {
        if (depth > DEEPEST_NESTING) {
            throw new IOException(
                    "image '"
                            + reference
                            + "': its indexes are nested deeper than "
                            + DEEPEST_NESTING
                            + " levels");
        }
    }

    /// From the store if it is there.
    private Encoded<Manifest> manifest(RepositoryName repository, Descriptor descriptor)
            throws IOException, InterruptedException {
        OptionalLong size = store.size(descriptor.digest());
        if (size.isEmpty() || size.getAsLong() > RegistryClient.LARGEST_MANIFEST) {
            return client.fetchManifest(repository, descriptor);
        }
        byte[] bytes;
        try (var in = Channels.newInputStream(store.open(descriptor.digest()))) {
            bytes = in.readAllBytes();
        }
        return Digest.of(descriptor.digest().algorithm(), bytes).equals(descriptor.digest())
                ? OciJson.readManifest(bytes, Optional.of(descriptor.mediaType()))
                : client.fetchManifest(repository, descriptor);
    }

    private void fetchBlobs(RepositoryName repository, List<ImageManifest> images)
            throws IOException, InterruptedException {
        Map<Digest, Descriptor> blobs = new LinkedHashMap<>();
        for (ImageManifest image : images) {
            blobs.putIfAbsent(image.config().digest(), image.config());
            image.layers().forEach(layer -> blobs.putIfAbsent(layer.digest(), layer));
        }
        parallel.run(
                blobs.values().stream()
                        .map(blob -> (Parallel.Task) () -> fetch(repository, blob))
                        .collect(Collectors.toList()));
    }

    private void fetch(RepositoryName repository, Descriptor blob)
            throws IOException, InterruptedException {
        OptionalLong size = store.size(blob.digest());
        if (size.isPresent() && size.getAsLong() == blob.size()) {
            client.tell(new TransferEvent.Finished(blob, TransferEvent.Outcome.PRESENT));
            return;
        }
        if (size.isPresent()) {
            throw new IOException(
                    "blob "
                            + blob.digest()
                            + " has "
                            + size.getAsLong()
                            + " bytes in the store where the manifest says "
                            + blob.size()
                            + ": one of the two is damaged; remove the blob from the store and pull again");
        }
        client.fetchBlob(repository, blob, store);
    }

    private void store(Encoded<Manifest> manifest) throws IOException {
        Digest digest = manifest.descriptor().digest();
        if (store.size(digest).isPresent()) {
            return;
        }
        try (BlobWriter writer = store.create()) {
            writer.write(ByteBuffer.wrap(manifest.bytes()));
            writer.commit(digest);
        }
    }
}
