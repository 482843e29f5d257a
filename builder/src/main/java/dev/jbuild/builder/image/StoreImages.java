package dev.jbuild.builder.image;

import dev.jbuild.builder.plan.BaseImage;
import dev.jbuild.builder.plan.BaseImages;
import dev.jbuild.builder.solve.LayerFetcher;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.StoredImage;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Base images: those of the store first, others pulled when they are missing.
public final class StoreImages implements BaseImages, LayerFetcher {
    /// Brings an image into the store, under its name.
    public interface Source {
        void pull(ImageReference reference, Platform platform)
                throws IOException, InterruptedException;
    }

    private final Store store;
    private final Source source;
    private final Map<String, BaseImage> resolved = new ConcurrentHashMap<>();

    public StoreImages(Store store, Source source) {
        this.store = store;
        this.source = source;
    }

    @Override
    public BaseImage resolve(ImageReference reference, Platform platform)
            throws IOException, InterruptedException {
        String key = reference + " " + platform;
        BaseImage known = resolved.get(key);
        if (known != null) {
            return known;
        }
        Optional<StoredImage> stored = store.images().resolve(reference, platform);
        if (stored.isEmpty()) {
            pull(reference, platform);
            stored = store.images().resolve(reference, platform);
        }
        StoredImage image =
                stored.orElseThrow(
                        () ->
                                new IOException(
                                        reference.familiar()
                                                + ": it was pulled, but is not in the store"));
        BaseImage base =
                new BaseImage(
                        reference,
                        image.manifest().descriptor().digest(),
                        image.config(),
                        image.manifest().value().layers());
        resolved.put(key, base);
        return base;
    }

    @Override
    public void fetchLayers(BaseImage image) throws IOException, InterruptedException {
        for (var layer : image.layers()) {
            if (store.blobs().size(layer.digest()).isEmpty()) {
                pull(image.reference(), image.config().platform());
                return;
            }
        }
    }

    private void pull(ImageReference reference, Platform platform)
            throws IOException, InterruptedException {
        try {
            source.pull(reference, platform);
        } catch (IOException e) {
            throw new IOException(
                    "image "
                            + reference.familiar()
                            + " is not in the store '"
                            + store.root()
                            + "', and pulling it failed: "
                            + e.getMessage(),
                    e);
        }
    }
}
