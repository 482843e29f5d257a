package dev.jbuild.registry.client;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.store.BlobStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Pushes images from a store to one registry: the blobs that are missing there, several at a time,
/// then the manifests, children before parents, and the tag last of all. Whoever sees the tag finds
/// everything. Safe for use by several threads.
public final class Pusher {
    /// Blobs at a time.
    public static final int PARALLEL = 4;

    private final RegistryClient client;
    private final BlobStore store;
    private final Parallel parallel;

    public Pusher(RegistryClient client, BlobStore store) {
        this(client, store, PARALLEL);
    }

    /// @param most blobs at a time
    public Pusher(RegistryClient client, BlobStore store, int most) {
        this.client = client;
        this.store = store;
        this.parallel = new Parallel(most);
    }

    /// Pushes an image or an index with all that it names.
    ///
    /// @param root in the store
    /// @param target by tag, or by digest to leave it without one
    /// @param mountFrom a repository of the same registry that may have some of the blobs, such as
    ///     the base image's
    /// @return what the registry has now under that name
    public Descriptor push(
            Descriptor root, ImageReference target, Optional<RepositoryName> mountFrom)
            throws IOException, InterruptedException {
        Map<Digest, Encoded<Manifest>> manifests = new LinkedHashMap<>();
        collect(root, Optional.empty(), manifests);
        client.preparePush(target.repository(), mountFrom);
        pushBlobs(manifests, target.repository(), mountFrom);
        for (Encoded<Manifest> manifest : manifests.values()) {
            if (!manifest.descriptor().digest().equals(root.digest())) {
                client.putManifest(target.withDigest(manifest.descriptor().digest()), manifest);
            }
        }
        Encoded<Manifest> last =
                manifests.values().stream().reduce((_, later) -> later).orElseThrow();
        ImageReference name =
                target.tag().isPresent() ? target.withTag(target.tag().get()) : target;
        return client.putManifest(name, last);
    }

    private void pushBlobs(
            Map<Digest, Encoded<Manifest>> manifests,
            RepositoryName repository,
            Optional<RepositoryName> mountFrom)
            throws IOException, InterruptedException {
        Map<Digest, Descriptor> blobs = new LinkedHashMap<>();
        for (Encoded<Manifest> manifest : manifests.values()) {
            if (manifest.value() instanceof ImageManifest image) {
                for (Descriptor layer : image.layers()) {
                    blobs.putIfAbsent(layer.digest(), layer);
                }
                blobs.putIfAbsent(image.config().digest(), image.config());
            }
        }
        List<Parallel.Task> tasks = new ArrayList<>();
        for (Descriptor blob : blobs.values()) {
            if (blob.mediaType().isNonDistributable()) {
                client.tell(new TransferEvent.Finished(blob, TransferEvent.Outcome.SKIPPED));
            } else {
                tasks.add(() -> client.uploadBlob(repository, blob, store, mountFrom));
            }
        }
        parallel.run(tasks);
    }

    /// Children come before their parents.
    private void collect(
            Descriptor descriptor,
            Optional<Digest> parent,
            Map<Digest, Encoded<Manifest>> manifests)
            throws IOException {
        if (manifests.containsKey(descriptor.digest())) {
            return;
        }
        Encoded<Manifest> manifest = read(descriptor, parent);
        if (manifest.value() instanceof ImageIndex index) {
            for (Descriptor child : index.manifests()) {
                collect(child, Optional.of(descriptor.digest()), manifests);
            }
        }
        manifests.put(descriptor.digest(), manifest);
    }

    private Encoded<Manifest> read(Descriptor descriptor, Optional<Digest> parent)
            throws IOException {
        byte[] bytes;
        try (InputStream in = Channels.newInputStream(store.open(descriptor.digest()))) {
            bytes = in.readNBytes(RegistryClient.LARGEST_MANIFEST);
        } catch (NoSuchFileException e) {
            String why =
                    parent.isEmpty()
                            ? ": build or pull the image again"
                            : ", though the index "
                                    + parent.get()
                                    + " names it: pull all platforms, or push the image of one";
            throw new IOException(
                    "manifest " + descriptor.digest() + " is not in the store" + why, e);
        }
        if (!Digest.of(descriptor.digest().algorithm(), bytes).equals(descriptor.digest())) {
            throw new IOException(
                    "manifest "
                            + descriptor.digest()
                            + " is damaged in the store: remove it and build or pull the image again");
        }
        return OciJson.readManifest(bytes, Optional.of(descriptor.mediaType()));
    }
}
