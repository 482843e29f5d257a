package dev.jbuild.signing;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Tag;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.BlobWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The signatures of one image as an OCI image of their own, as cosign lays them out: a layer each,
/// stored in the signed image's repository under [#tag(Digest)]. A value; adding makes another.
public final class SignatureImage {
    /// The largest payload that is read, in bytes.
    public static final int LARGEST_PAYLOAD = 1 << 20;

    private static final String NO_TIME = "0001-01-01T00:00:00Z";

    private final List<SignatureLayer> layers;
    private final Encoded<Json> config;
    private final Encoded<ImageManifest> manifest;

    private SignatureImage(List<SignatureLayer> layers) {
        this.layers = List.copyOf(layers);
        List<Descriptor> descriptors = layers.stream().map(SignatureLayer::descriptor).toList();
        Json json = config(descriptors);
        this.config = Encoded.of(json, json.encode(), MediaType.OCI_CONFIG);
        this.manifest = OciJson.encode(ImageManifest.of(config.descriptor(), descriptors));
    }

    /// Where the signatures of an image are found: `sha256-<hex>.sig`.
    public static Tag tag(Digest signed) {
        return new Tag(signed.algorithm().token() + "-" + signed.hex() + ".sig");
    }

    public static SignatureImage of(SignatureLayer... layers) {
        return new SignatureImage(List.of(layers));
    }

    /// An image that was read.
    ///
    /// @param payloads the content of its layers by digest; one that is missing is reported when
    ///     the signatures are verified
    public static SignatureImage read(ImageManifest manifest, Map<Digest, byte[]> payloads) {
        return new SignatureImage(
                manifest.layers().stream()
                        .map(
                                layer ->
                                        SignatureLayer.of(
                                                layer,
                                                Optional.ofNullable(payloads.get(layer.digest()))))
                        .toList());
    }

    /// Reads an image and its payloads from a store.
    ///
    /// @param manifest of the signature image, which must be in the store
    /// @throws InvalidJsonException if the manifest is none
    public static SignatureImage readFrom(BlobStore blobs, Descriptor manifest) throws IOException {
        ImageManifest read =
                OciJson.readImageManifest(
                                bytes(blobs, manifest.digest()), Optional.of(manifest.mediaType()))
                        .value();
        Map<Digest, byte[]> payloads = new LinkedHashMap<>();
        for (Descriptor layer : read.layers()) {
            if (blobs.size(layer.digest()).isPresent()) {
                payloads.put(layer.digest(), bytes(blobs, layer.digest()));
            }
        }
        return read(read, payloads);
    }

    /// This image with one more signature. One that the same key made of the same name and digest
    /// is replaced, so that signing again doesn't pile up; all others stay as they are.
    ///
    /// @param key the public half of the key that made the signature
    public SignatureImage with(SignatureLayer signature, VerificationKey key) {
        List<SignatureLayer> all = new ArrayList<>();
        boolean replaced = false;
        for (SignatureLayer layer : layers) {
            if (!isRepetition(layer, signature, key)) {
                all.add(layer);
            } else if (!replaced) {
                all.add(signature);
                replaced = true;
            }
        }
        if (!replaced) {
            all.add(signature);
        }
        return new SignatureImage(all);
    }

    public List<SignatureLayer> layers() {
        return layers;
    }

    public Encoded<ImageManifest> manifest() {
        return manifest;
    }

    /// The image's configuration, which says nothing.
    public Encoded<Json> config() {
        return config;
    }

    /// Stores configuration, payloads and manifest.
    ///
    /// @return the manifest's descriptor
    public Descriptor writeTo(BlobStore blobs) throws IOException {
        for (SignatureLayer layer : layers) {
            Optional<byte[]> payload = layer.payload();
            if (payload.isPresent()) {
                write(blobs, payload.get(), layer.descriptor().digest());
            }
        }
        write(blobs, config.bytes(), config.descriptor().digest());
        write(blobs, manifest.bytes(), manifest.descriptor().digest());
        return manifest.descriptor();
    }

    private static boolean isRepetition(
            SignatureLayer old, SignatureLayer added, VerificationKey key) {
        return old.isBy(key) && key(old).isPresent() && key(old).equals(key(added));
    }

    /// What makes two signatures by one key the same.
    private static Optional<List<Object>> key(SignatureLayer layer) {
        Optional<byte[]> payload = layer.payload();
        if (payload.isEmpty()) {
            return Optional.empty();
        }
        try {
            SimpleSigning signed = SimpleSigning.parse(payload.get());
            return Optional.of(List.of(signed.identity(), signed.digest()));
        } catch (InvalidJsonException e) {
            return Optional.empty(); // not one of ours: the same as no other
        }
    }

    private static Json config(List<Descriptor> layers) {
        Json entry = Json.object().put("created", NO_TIME).build();
        return Json.object()
                .put("architecture", "")
                .put("created", NO_TIME)
                .put("history", Json.array(layers.stream().map(_ -> entry).toList()))
                .put("os", "")
                .put(
                        "rootfs",
                        Json.object()
                                .put("type", "layers")
                                .put(
                                        "diff_ids",
                                        Json.strings(
                                                layers.stream()
                                                        .map(layer -> layer.digest().toString())
                                                        .toList()))
                                .build())
                .put("config", Json.object().build())
                .build();
    }

    private static void write(BlobStore blobs, byte[] content, Digest digest) throws IOException {
        if (blobs.size(digest).isPresent()) {
            return;
        }
        try (BlobWriter writer = blobs.create()) {
            writer.write(ByteBuffer.wrap(content));
            writer.commit(digest);
        }
    }

    private static byte[] bytes(BlobStore blobs, Digest digest) throws IOException {
        try (InputStream in = Channels.newInputStream(blobs.open(digest))) {
            byte[] content = in.readNBytes(LARGEST_PAYLOAD + 1);
            if (content.length > LARGEST_PAYLOAD) {
                throw new IOException(
                        "blob "
                                + digest
                                + " is larger than the "
                                + LARGEST_PAYLOAD
                                + " bytes that a signature may have");
            }
            return content;
        }
    }
}
