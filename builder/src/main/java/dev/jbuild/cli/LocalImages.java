package dev.jbuild.cli;

import dev.jbuild.dockerfile.text.Suggestion;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.InvalidReferenceException;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.StoredImage;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// Images as people name them: by a name, by a digest, or by the beginning of one.
final class LocalImages {
    private static final int SHORTEST_PREFIX = 6;

    private final Store store;

    LocalImages(Store store) {
        this.store = store;
    }

    /// What the words stand for.
    ///
    /// @throws IOException if there is no such image; the message suggests one
    Descriptor require(String words) throws IOException {
        List<NamedImage> images = store.images().list();
        Optional<Descriptor> byPrefix = byDigest(words, images);
        if (byPrefix.isPresent()) {
            return byPrefix.get();
        }
        Optional<Descriptor> byName = store.images().find(parse(words));
        if (byName.isEmpty()) {
            throw new IOException(missing(words, images));
        }
        return byName.get();
    }

    /// The image itself, for this machine.
    StoredImage requireImage(String words) throws IOException {
        return new ImageDocuments(store.blobs()).image(require(words), Platform.host());
    }

    static ImageReference parse(String words) throws IOException {
        try {
            return ImageReference.parse(words);
        } catch (InvalidReferenceException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static Optional<Descriptor> byDigest(String words, List<NamedImage> images)
            throws IOException {
        String hex = words.startsWith("sha256:") ? words.substring("sha256:".length()) : words;
        if (hex.length() < SHORTEST_PREFIX
                || !hex.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
            return Optional.empty();
        }
        List<Descriptor> found =
                images.stream()
                        .map(NamedImage::descriptor)
                        .filter(descriptor -> descriptor.digest().hex().startsWith(hex))
                        .distinct()
                        .toList();
        if (found.stream().map(Descriptor::digest).distinct().count() > 1) {
            throw new IOException(
                    "'" + words + "' is the beginning of several digests; write more of it");
        }
        return found.stream().findFirst();
    }

    private String missing(String words, List<NamedImage> images) throws IOException {
        List<String> names = images.stream().map(image -> image.name().familiar()).toList();
        String familiar = parse(words).familiar();
        return "no image '"
                + familiar
                + "' in the store '"
                + store.root()
                + "'"
                + Suggestion.nearest(familiar, names)
                        .map(near -> "; did you mean '" + near + "'?")
                        .orElse("")
                + " (jbuild images lists them; jbuild pull fetches one)";
    }

    /// `sha256:…` as people see it.
    static String shortId(Digest digest) {
        return digest.shortHex();
    }
}
