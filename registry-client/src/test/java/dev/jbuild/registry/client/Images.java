package dev.jbuild.registry.client;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.BlobWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/// Images for tests, made of random layers.
final class Images {
    private Images() {}

    static byte[] random(long seed, int size) {
        byte[] content = new byte[size];
        new Random(seed).nextBytes(content);
        return content;
    }

    /// An image of so many layers of 100 kB.
    static Encoded<ImageManifest> image(BlobStore store, long seed, int layers) throws IOException {
        List<Descriptor> descriptors =
                IntStream.range(0, layers)
                        .mapToObj(
                                i ->
                                        Descriptor.of(
                                                MediaType.OCI_LAYER,
                                                random(seed * 100 + i, 100_000)))
                        .toList();
        for (int i = 0; i < layers; i++) {
            put(store, random(seed * 100 + i, 100_000));
        }
        byte[] config =
                ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"author\":\"" + seed + "\"}")
                        .getBytes(StandardCharsets.UTF_8);
        put(store, config);
        Encoded<ImageManifest> manifest =
                OciJson.encode(
                        ImageManifest.of(Descriptor.of(MediaType.OCI_CONFIG, config), descriptors));
        put(store, manifest.bytes());
        return manifest;
    }

    /// An index of one image for amd64 and one for arm64.
    static Encoded<ImageIndex> index(BlobStore store, long seed) throws IOException {
        Encoded<ImageIndex> index =
                OciJson.encode(
                        ImageIndex.of(
                                List.of(
                                        image(store, seed, 2)
                                                .descriptor()
                                                .withPlatform(Platform.of("linux", "amd64")),
                                        image(store, seed + 1, 2)
                                                .descriptor()
                                                .withPlatform(Platform.of("linux", "arm64")))));
        put(store, index.bytes());
        return index;
    }

    static Digest put(BlobStore store, byte[] content) throws IOException {
        try (BlobWriter writer = store.create()) {
            writer.write(ByteBuffer.wrap(content));
            return writer.commit();
        }
    }

    static byte[] bytes(BlobStore store, Digest digest) throws IOException {
        try (var in = Channels.newInputStream(store.open(digest))) {
            return in.readAllBytes();
        }
    }

    /// Whether all that an image names is in a store, with the right content.
    static boolean isComplete(BlobStore store, Manifest manifest) throws IOException {
        return switch (manifest) {
            case ImageManifest image -> {
                boolean complete = isIntact(store, image.config().digest());
                for (Descriptor layer : image.layers()) {
                    complete &= isIntact(store, layer.digest());
                }
                yield complete;
            }
            case ImageIndex index -> {
                boolean complete = true;
                for (Descriptor child : index.manifests()) {
                    complete &=
                            isIntact(store, child.digest())
                                    && isComplete(
                                            store,
                                            OciJson.readManifest(
                                                            bytes(store, child.digest()),
                                                            java.util.Optional.empty())
                                                    .value());
                }
                yield complete;
            }
        };
    }

    private static boolean isIntact(BlobStore store, Digest digest) throws IOException {
        return store.size(digest).isPresent() && Digest.sha256(bytes(store, digest)).equals(digest);
    }
}
