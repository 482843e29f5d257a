package dev.jbuild.store.layout;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageConfig;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.layer.InvalidLayerException;
import dev.jbuild.store.layer.LayerReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/// Checks images in a blob store from the manifest down.
///
/// @param blobs where they are
public record ImageValidator(BlobStore blobs) {

    /// How far a check goes.
    public enum Depth {
        /// Documents verified; layers are here with the right size, and as many as the
        /// configuration says. Reads no layer.
        STRUCTURE,
        /// Also every layer's digest, its diffID, and that it is a readable tar. Reads every layer
        /// twice.
        CONTENT
    }

    /// One thing that is wrong.
    ///
    /// @param blob what is missing or damaged
    public record Problem(Digest blob, String what) {
        @Override
        public String toString() {
            return blob + ": " + what;
        }
    }

    /// All that is wrong with an image or with an index and those of its images that are here.
    public List<Problem> check(Descriptor root, Depth depth) throws IOException {
        List<Problem> problems = new ArrayList<>();
        check(root, depth, problems, new HashSet<>());
        return problems;
    }

    /// @throws IOException if anything is wrong; the message says it all
    public void requireValid(Descriptor root, Depth depth) throws IOException {
        List<Problem> problems = check(root, depth);
        if (!problems.isEmpty()) {
            throw new IOException(
                    "image "
                            + root.digest()
                            + " is not complete and undamaged:\n  "
                            + String.join("\n  ", problems.stream().map(Problem::toString).toList())
                            + "\npull or load it again");
        }
    }

    private void check(Descriptor descriptor, Depth depth, List<Problem> problems, Set<Digest> seen)
            throws IOException {
        if (!seen.add(descriptor.digest())) {
            return;
        }
        Encoded<Manifest> document;
        try {
            document = new ImageDocuments(blobs).manifest(descriptor);
        } catch (IOException e) {
            problems.add(new Problem(descriptor.digest(), message(e)));
            return;
        }
        switch (document.value()) {
            case ImageManifest manifest -> checkImage(manifest, depth, problems, seen);
            case ImageIndex index -> {
                for (Descriptor child : index.manifests()) {
                    if (blobs.size(child.digest()).isPresent()
                            && (child.mediaType().isImageManifest()
                                    || child.mediaType().isIndex())) {
                        check(child, depth, problems, seen);
                    }
                }
            }
        }
    }

    private void checkImage(
            ImageManifest manifest, Depth depth, List<Problem> problems, Set<Digest> seen)
            throws IOException {
        List<DiffId> diffIds = List.of();
        MediaType configType = manifest.config().mediaType();
        boolean isImage =
                configType.equals(MediaType.OCI_CONFIG)
                        || configType.equals(MediaType.DOCKER_CONFIG);
        try {
            if (isImage) {
                ImageConfig config = new ImageDocuments(blobs).config(manifest);
                diffIds = config.diffIds();
                if (diffIds.size() != manifest.layers().size()) {
                    problems.add(
                            new Problem(
                                    manifest.config().digest(),
                                    "the configuration lists "
                                            + diffIds.size()
                                            + " layers, the manifest "
                                            + manifest.layers().size()));
                    return;
                }
            } else {
                blobs.read(manifest.config());
            }
        } catch (IOException e) {
            problems.add(new Problem(manifest.config().digest(), message(e)));
            return;
        }
        for (int i = 0; i < manifest.layers().size(); i++) {
            Descriptor layer = manifest.layers().get(i);
            boolean mayBeAbsent =
                    layer.mediaType().isNonDistributable() && blobs.size(layer.digest()).isEmpty();
            if (!mayBeAbsent && seen.add(layer.digest())) {
                boolean isTar = isImage && layer.mediaType().isLayer();
                List<DiffId> diffId = isTar ? List.of(diffIds.get(i)) : List.of();
                checkLayer(layer, diffId, depth, problems);
            }
        }
    }

    private void checkLayer(
            Descriptor layer, List<DiffId> diffId, Depth depth, List<Problem> problems)
            throws IOException {
        OptionalLong size = blobs.size(layer.digest());
        if (size.isEmpty()) {
            problems.add(new Problem(layer.digest(), "the blob is missing"));
        } else if (size.getAsLong() != layer.size()) {
            problems.add(
                    new Problem(
                            layer.digest(),
                            "the blob has "
                                    + size.getAsLong()
                                    + " bytes where the manifest says "
                                    + layer.size()));
        } else if (depth == Depth.CONTENT) {
            checkContent(layer, diffId, problems);
        }
    }

    private void checkContent(Descriptor layer, List<DiffId> diffId, List<Problem> problems)
            throws IOException {
        Digest actual = hash(layer.digest());
        if (!actual.equals(layer.digest())) {
            problems.add(
                    new Problem(
                            layer.digest(),
                            "the content hashes to " + actual + ": damaged or tampered with"));
            return;
        }
        for (DiffId expected : diffId) {
            try (LayerReader reader = LayerReader.open(blobs, layer, expected)) {
                while (reader.next().isPresent()) {
                    // to the end, where the diffID is compared
                }
            } catch (InvalidLayerException e) {
                problems.add(new Problem(layer.digest(), message(e)));
            } catch (IOException e) {
                problems.add(new Problem(layer.digest(), "unreadable: " + message(e)));
            }
        }
    }

    private Digest hash(Digest digest) throws IOException {
        DigestAlgorithm algorithm = digest.algorithm();
        MessageDigest hash = algorithm.newHash();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 17);
        try (FileChannel channel = blobs.open(digest)) {
            while (channel.read(buffer) >= 0) {
                hash.update(buffer.flip());
                buffer.clear();
            }
        }
        return Digest.finish(algorithm, hash);
    }

    private static String message(IOException e) {
        String message = e.getMessage();
        return message == null ? e.toString() : message;
    }
}
