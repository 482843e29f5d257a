package dev.jbuild.store.layout;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.Manifest;
import dev.jbuild.store.BlobSweep;
import dev.jbuild.store.BlobSweep.Swept;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.layer.Layer;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/// Removes what no image needs. Safe beside builds and pulls of other processes: see [BlobSweep].
///
/// @param store the caller's own
public record GarbageCollector(Store store) {

    /// Removes the blobs that were not used for some time and that neither an image in `index.json`
    /// nor one of `roots` needs, and the layer records whose blobs are gone.
    ///
    /// @param roots manifests and indexes, kept with all they refer to, and any other blobs; those
    ///     that are not here are passed over
    /// @param grace how long ago the last use must be; zero takes all
    /// @param dryRun nothing is removed
    /// @throws IOException if an image's manifest is damaged or missing, as it can't be told then
    ///     what it needs; nothing is removed
    public Swept collect(Collection<Descriptor> roots, Duration grace, boolean dryRun)
            throws IOException {
        Swept swept = new BlobSweep(store.blobs()).sweep(() -> mark(roots), grace, dryRun);
        if (!dryRun) {
            forgetLayers();
        }
        return swept;
    }

    /// The blobs that the images in `index.json` need, and those that `roots` need and are here.
    ///
    /// @throws IOException if an image's manifest is damaged or missing
    public Set<Digest> mark(Collection<Descriptor> roots) throws IOException {
        Set<Digest> needed = new HashSet<>();
        for (Descriptor image : store.images().roots()) {
            try {
                mark(image, needed, true);
            } catch (IOException e) {
                throw new IOException(
                        "image "
                                + image.digest()
                                + " is damaged, so it can't be told what it needs; remove its name"
                                + " (jbuild rmi) or pull it again: "
                                + e.getMessage(),
                        e);
            }
        }
        for (Descriptor root : roots) {
            mark(root, needed, false);
        }
        return needed;
    }

    private void mark(Descriptor descriptor, Set<Digest> needed, boolean required)
            throws IOException {
        if (!needed.add(descriptor.digest())) {
            return;
        }
        boolean document =
                descriptor.mediaType().isImageManifest() || descriptor.mediaType().isIndex();
        if (!document) {
            return;
        }
        if (!required && !Files.exists(store.blobs().path(descriptor.digest()))) {
            return;
        }
        switch (read(descriptor)) {
            case ImageManifest manifest -> {
                needed.add(manifest.config().digest());
                manifest.layers().forEach(layer -> needed.add(layer.digest()));
            }
            case ImageIndex index -> {
                for (Descriptor child : index.manifests()) {
                    mark(child, needed, false);
                }
            }
        }
    }

    private Manifest read(Descriptor descriptor) throws IOException {
        return new ImageDocuments(store.blobs()).manifest(descriptor).value();
    }

    /// Removes the records of layers of which no form is here any more.
    public void forgetLayers() throws IOException {
        for (DiffId diffId : store.layers().list()) {
            boolean any = false;
            for (Layer form : store.layers().find(diffId)) {
                any |= Files.exists(store.blobs().path(form.descriptor().digest()));
            }
            if (!any) {
                store.layers().remove(diffId);
            }
        }
    }
}
