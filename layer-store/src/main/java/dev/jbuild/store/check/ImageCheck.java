package dev.jbuild.store.check;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.ImageConfig;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Follows images from `index.json` down and compares what they say with what the blobs are.
final class ImageCheck {
    private final ImageDocuments documents;
    private final Map<Digest, BlobState> states;
    private final Map<Digest, List<NeededBy>> needed = new LinkedHashMap<>();
    private final Map<String, Missing> missing = new TreeMap<>();
    private final Map<String, Mismatched> mismatches = new TreeMap<>();

    /// What a layer has to be.
    ///
    /// @param chain of it and those below it
    private record Expected(DiffId diffId, ChainId chain) {}

    private record Missing(Descriptor part, String role, Optional<Expected> expected) {}

    private record Mismatched(Digest digest, String what, List<NeededBy> images) {}

    ImageCheck(Store store, Map<Digest, BlobState> states) {
        this.documents = new ImageDocuments(store.blobs());
        this.states = states;
    }

    void add(NeededBy image) {
        if (isSound(image, image.root(), "manifest", Optional.empty())) {
            manifest(image, image.root(), new HashSet<>());
        }
    }

    /// The images that refer to a blob.
    List<NeededBy> needing(Digest digest) {
        return List.copyOf(needed.getOrDefault(digest, List.of()));
    }

    /// What is missing, and what doesn't fit together.
    List<Damage> damages() {
        List<Damage> damages = new ArrayList<>();
        for (Missing part : missing.values()) {
            damages.add(
                    new Damage.MissingBlob(
                            part.part(),
                            part.role(),
                            part.expected().map(Expected::diffId),
                            part.expected().map(Expected::chain),
                            needing(part.part().digest())));
        }
        for (Mismatched part : mismatches.values()) {
            damages.add(
                    new Damage.Mismatch(part.digest(), part.what(), List.copyOf(part.images())));
        }
        return damages;
    }

    /// @param seen an index may name another any number of times
    private void manifest(NeededBy image, Descriptor descriptor, Set<Digest> seen) {
        if (!seen.add(descriptor.digest())) {
            return;
        }
        try {
            switch (documents.manifest(descriptor).value()) {
                case ImageManifest manifest -> image(image, manifest);
                case ImageIndex index -> {
                    for (Descriptor child : index.manifests()) {
                        if (states.containsKey(child.digest())
                                && isSound(image, child, "manifest", Optional.empty())
                                && (child.mediaType().isImageManifest()
                                        || child.mediaType().isIndex())) {
                            manifest(image, child, seen);
                        }
                    }
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            mismatch(image, descriptor.digest(), String.valueOf(e.getMessage()));
        }
    }

    private void image(NeededBy image, ImageManifest manifest) {
        Descriptor config = manifest.config();
        List<DiffId> diffIds = List.of();
        boolean isImage =
                config.mediaType().equals(MediaType.OCI_CONFIG)
                        || config.mediaType().equals(MediaType.DOCKER_CONFIG);
        boolean comparable = isSound(image, config, "configuration", Optional.empty()) && isImage;
        if (comparable) {
            try {
                ImageConfig content = documents.config(manifest);
                diffIds = content.diffIds();
                if (diffIds.size() != manifest.layers().size()) {
                    mismatch(
                            image,
                            config.digest(),
                            "the configuration lists "
                                    + diffIds.size()
                                    + " layers, the manifest "
                                    + manifest.layers().size());
                    comparable = false;
                }
            } catch (IOException | IllegalArgumentException e) {
                mismatch(image, config.digest(), String.valueOf(e.getMessage()));
                comparable = false;
            }
        }
        Optional<ChainId> chain = Optional.empty();
        for (int i = 0; i < manifest.layers().size(); i++) {
            Optional<Expected> expected = Optional.empty();
            if (comparable) {
                chain = Optional.of(ChainId.extend(chain, diffIds.get(i)));
                expected = Optional.of(new Expected(diffIds.get(i), chain.get()));
            }
            layer(image, manifest.layers().get(i), expected);
        }
    }

    private void layer(NeededBy image, Descriptor layer, Optional<Expected> expected) {
        if (layer.mediaType().isNonDistributable() && !states.containsKey(layer.digest())) {
            return;
        }
        if (!isSound(image, layer, "layer", expected)
                || expected.isEmpty()
                || !(states.get(layer.digest()) instanceof BlobState.Sound sound)
                || expected.get().diffId().digest().algorithm() != DigestAlgorithm.SHA256) {
            return;
        }
        switch (sound.layer()) {
            case BlobState.Content.Unreadable unreadable ->
                    mismatch(
                            image,
                            layer.digest(),
                            "the layer can't be uncompressed: " + unreadable.what());
            case BlobState.Content.Uncompressed content -> {
                if (!content.diffId().equals(expected.get().diffId())) {
                    mismatch(
                            image,
                            layer.digest(),
                            "the layer has the diffID "
                                    + content.diffId()
                                    + ", the configuration says "
                                    + expected.get().diffId());
                }
            }
        }
    }

    /// Whether the blob is here and undamaged. What is damaged is told of elsewhere, once.
    private boolean isSound(
            NeededBy image, Descriptor part, String role, Optional<Expected> expected) {
        List<NeededBy> images = needed.computeIfAbsent(part.digest(), _ -> new ArrayList<>());
        if (!images.contains(image)) {
            images.add(image);
        }
        return switch (states.get(part.digest())) {
            case null -> {
                missing.put(part.digest().toString(), new Missing(part, role, expected));
                yield false;
            }
            case BlobState.Damaged _ -> false;
            case BlobState.Sound sound -> {
                if (sound.bytes() != part.size()) {
                    mismatch(
                            image,
                            part.digest(),
                            "the "
                                    + role
                                    + " has "
                                    + sound.bytes()
                                    + " bytes where its descriptor says "
                                    + part.size());
                }
                yield sound.bytes() == part.size();
            }
        };
    }

    private void mismatch(NeededBy image, Digest digest, String what) {
        Mismatched known =
                mismatches.computeIfAbsent(
                        digest + " " + what, _ -> new Mismatched(digest, what, new ArrayList<>()));
        if (!known.images().contains(image)) {
            known.images().add(image);
        }
    }
}
