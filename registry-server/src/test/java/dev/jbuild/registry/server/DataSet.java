package dev.jbuild.registry.server;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Blobs, manifests and tags to be pushed, pulled and deleted: one row of the conformance table.
/// Manifests are JSON put together by hand, so that they can be odd.
final class DataSet {
    static final String EMPTY_TYPE = "application/vnd.oci.empty.v1+json";
    private static final byte[] EMPTY_JSON = "{}".getBytes(StandardCharsets.UTF_8);

    final String name;
    final DigestAlgorithm algorithm;
    final Map<Digest, byte[]> blobs = new TreeMap<>();
    final List<Item> manifests = new ArrayList<>();
    boolean tagParameters;

    /// @param bytes of the manifest
    /// @param tags may be none
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Item(
            Digest digest,
            byte[] bytes,
            String mediaType,
            List<String> tags,
            String subject,
            String artifactType,
            Map<String, String> annotations) {
        Descriptor descriptor() {
            return new Descriptor(new MediaType(mediaType), digest, bytes.length);
        }
    }

    DataSet(String name) {
        this(name, DigestAlgorithm.SHA256);
    }

    DataSet(String name, DigestAlgorithm algorithm) {
        this.name = name;
        this.algorithm = algorithm;
    }

    Descriptor blob(String type, byte[] bytes) {
        Digest digest = Digest.of(algorithm, bytes);
        blobs.put(digest, bytes);
        return new Descriptor(new MediaType(type), digest, bytes.length);
    }

    Descriptor emptyBlob() {
        return blob(EMPTY_TYPE, EMPTY_JSON);
    }

    Descriptor config() {
        String config =
                "{\"architecture\":\"amd64\",\"os\":\"linux\",\"x\":\""
                        + Registry.random(4)[0]
                        + "\"}";
        return blob(MediaType.OCI_CONFIG.value(), config.getBytes(StandardCharsets.UTF_8));
    }

    Descriptor layer(MediaType type) {
        return blob(type.value(), Registry.random(300));
    }

    /// An image of two layers.
    Item image(String... tags) {
        return add(
                image(config(), layer(MediaType.OCI_LAYER_GZIP), layer(MediaType.OCI_LAYER_GZIP)),
                List.of(tags));
    }

    static Json.ObjectWriter image(Descriptor config, Descriptor... layers) {
        return Json.object()
                .put("schemaVersion", 2)
                .put("mediaType", MediaType.OCI_MANIFEST.value())
                .put("config", OciJson.toJson(config))
                .put("layers", Json.array(List.of(layers).stream().map(OciJson::toJson).toList()));
    }

    static Json.ObjectWriter index(Item... children) {
        return Json.object()
                .put("schemaVersion", 2)
                .put("mediaType", MediaType.OCI_INDEX.value())
                .put(
                        "manifests",
                        Json.array(
                                List.of(children).stream()
                                        .map(c -> OciJson.toJson(c.descriptor()))
                                        .toList()));
    }

    Item add(Json.ObjectWriter json, List<String> tags) {
        return add(json, tags, "", "", Map.of());
    }

    /// @param subject the digest that the manifest has in its `subject`, or ""
    /// @param artifactType what a list of referrers should say, or ""
    Item add(
            Json.ObjectWriter json,
            List<String> tags,
            String subject,
            String artifactType,
            Map<String, String> annotations) {
        Json.Obj built = json.build();
        byte[] bytes = built.encode();
        String type = ((Json.Str) built.get("mediaType").orElseThrow()).value();
        Item item =
                new Item(
                        Digest.of(algorithm, bytes),
                        bytes,
                        type,
                        tags,
                        subject,
                        artifactType,
                        annotations);
        manifests.add(item);
        return item;
    }

    /// An artifact that refers to `subject`.
    Item referrer(Item subject, String artifactType, String own, List<String> tags) {
        Map<String, String> annotations = Map.of("same", "for all", "own", own);
        Json.ObjectWriter json =
                image(emptyBlob(), emptyBlob())
                        .put("artifactType", artifactType)
                        .put("subject", OciJson.toJson(subject.descriptor()))
                        .put("annotations", Json.strings(new TreeMap<>(annotations)));
        return add(json, tags, subject.digest().toString(), artifactType, annotations);
    }

    @Override
    public String toString() {
        return name;
    }
}
