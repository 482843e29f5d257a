package dev.jbuild.builder.image;

import dev.jbuild.dockerfile.check.BaseImages;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.StoredImage;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What the build checks ask about base images, answered from the store alone: nothing is pulled.
public final class KnownBaseImages implements BaseImages {
    private final Store store;

    /// @param store stays the caller's to close
    public KnownBaseImages(Store store) {
        this.store = store;
    }

    /// An image that is damaged, or has nothing for the platform, counts as not at hand: that is
    /// for a build to tell.
    @Override
    public Optional<BaseImage> find(String reference, String platform) {
        try {
            return store.images()
                    .resolve(ImageReference.parse(reference), Platform.parse(platform))
                    .map(KnownBaseImages::facts);
        } catch (IllegalArgumentException | IOException e) {
            return Optional.empty();
        }
    }

    private static BaseImage facts(StoredImage image) {
        Map<String, String> environment = new LinkedHashMap<>();
        for (String variable : image.config().config().env()) {
            int equals = variable.indexOf('=');
            environment.put(
                    equals < 0 ? variable : variable.substring(0, equals),
                    equals < 0 ? "" : variable.substring(equals + 1));
        }
        return new BaseImage(
                environment,
                !image.config().config().shell().isEmpty(),
                image.config().platform().toString());
    }
}
