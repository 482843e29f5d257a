package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every kind of image, index and artifact, taken through push, list, head, pull, referrers and
/// delete: distribution-spec 1.1 and the coming version.
class DataSetTest {
    private static final String[] ACCEPT = {
        "Accept", "application/vnd.oci.image.index.v1+json",
        "Accept", "application/vnd.oci.image.manifest.v1+json"
    };

    @TempDir static Path root;
    private static Registry registry;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        registry =
                new Registry(
                        root, config -> config.withSparse(name -> name.value().endsWith("sparse")));
    }

    @AfterAll
    static void stop() {
        registry.close();
    }

    static Stream<DataSet> sets() {
        return Stream.concat(images(), artifacts());
    }

    private static Stream<DataSet> images() {
        DataSet image = new DataSet("image");
        image.image("v1");

        DataSet uncompressed = new DataSet("image-uncompressed");
        uncompressed.add(
                DataSet.image(uncompressed.config(), uncompressed.layer(MediaType.OCI_LAYER)),
                List.of("v1"));

        DataSet large = new DataSet("large-manifest");
        Map<String, String> annotations = new TreeMap<>();
        for (int i = 0; i < 390; i++) {
            annotations.put("annotation." + i, "x".repeat(10_000));
        }
        large.add(
                DataSet.image(large.config()).put("annotations", Json.strings(annotations)),
                List.of("v1"));

        DataSet index = new DataSet("index");
        index.add(DataSet.index(index.image(), index.image()), List.of("v1"));

        DataSet nested = new DataSet("nested-index");
        DataSet.Item one = nested.add(DataSet.index(nested.image(), nested.image()), List.of());
        DataSet.Item two = nested.add(DataSet.index(nested.image(), nested.image()), List.of());
        nested.add(DataSet.index(one, two), List.of("v1"));

        DataSet empty = new DataSet("empty-index");
        empty.add(DataSet.index(), List.of("v1"));

        DataSet data = new DataSet("data-field");
        Descriptor config = data.config();
        data.add(
                DataSet.image(
                        new Descriptor(
                                config.mediaType(),
                                config.digest(),
                                config.size(),
                                Optional.empty(),
                                Optional.empty(),
                                Map.of(),
                                List.of(),
                                Optional.of("e30="))),
                List.of("v1"));

        DataSet foreign = new DataSet("non-distributable-layers");
        foreign.add(
                DataSet.image(
                        foreign.config(),
                        elsewhere("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"),
                        elsewhere("application/vnd.oci.image.layer.nondistributable.v1.tar"),
                        foreign.layer(MediaType.OCI_LAYER_GZIP)),
                List.of("v1"));

        DataSet custom = new DataSet("custom-fields");
        DataSet.Item child =
                custom.add(
                        DataSet.image(custom.config()).put("org.example.field", "kept"), List.of());
        custom.add(DataSet.index(child).put("org.example.number", 7), List.of("v1"));

        DataSet none = new DataSet("no-layers");
        none.add(DataSet.image(none.config()), List.of("v1", "v2", "v3", "v4"));

        DataSet sha512 = new DataSet("sha512", DigestAlgorithm.SHA512);
        sha512.add(DataSet.index(sha512.image(), sha512.image()), List.of());

        DataSet sparse = new DataSet("sparse");
        sparse.add(
                DataSet.image(sparse.config(), elsewhere(MediaType.OCI_LAYER_GZIP.value())),
                List.of("image"));
        DataSet elsewhere = new DataSet("elsewhere");
        sparse.add(DataSet.index(sparse.image(), elsewhere.image()), List.of("index"));
        return Stream.of(
                image,
                uncompressed,
                large,
                index,
                nested,
                empty,
                data,
                foreign,
                custom,
                none,
                sha512,
                sparse,
                tagParameters(DigestAlgorithm.SHA256),
                tagParameters(DigestAlgorithm.SHA512));
    }

    private static DataSet tagParameters(DigestAlgorithm algorithm) {
        DataSet set = new DataSet("tag-param-" + algorithm.token(), algorithm);
        set.tagParameters = true;
        set.add(DataSet.index(set.image("a"), set.image("b")), List.of("c", "d"));
        return set;
    }

    private static Stream<DataSet> artifacts() {
        String type = "application/vnd.example.artifact";
        DataSet artifact = new DataSet("artifact");
        artifact.add(
                DataSet.image(artifact.emptyBlob(), artifact.layer(new MediaType("text/x.example")))
                        .put("artifactType", type),
                List.of("v1"));

        DataSet index = new DataSet("artifact-index");
        DataSet.Item child =
                index.add(
                        DataSet.image(
                                        index.emptyBlob(),
                                        index.layer(new MediaType("text/x.example")))
                                .put("artifactType", type),
                        List.of());
        index.add(DataSet.index(child).put("artifactType", type), List.of("v1"));

        DataSet empty = new DataSet("artifact-without-layers");
        empty.add(
                DataSet.image(empty.emptyBlob(), empty.emptyBlob()).put("artifactType", type),
                List.of("v1"));

        DataSet subject = new DataSet("artifacts-with-subject");
        DataSet.Item image = subject.image("v1");
        subject.add(
                DataSet.image(subject.config()).put("subject", OciJson.toJson(image.descriptor())),
                List.of(),
                image.digest().toString(),
                MediaType.OCI_CONFIG.value(),
                Map.of());
        subject.referrer(image, type + ".one", "1", List.of("one"));
        subject.referrer(image, type + ".two", "2", List.of("two"));

        DataSet withSubject = new DataSet("index-with-subject");
        DataSet.Item tagged = withSubject.add(DataSet.index(withSubject.image()), List.of("v1"));
        DataSet.Item first = withSubject.referrer(tagged, type + ".one", "1", List.of());
        DataSet.Item second = withSubject.referrer(tagged, type + ".two", "2", List.of());
        withSubject.add(
                DataSet.index(first, second)
                        .put("subject", OciJson.toJson(tagged.descriptor()))
                        .put("annotations", Json.strings(Map.of("a", "b"))),
                List.of("artifact"),
                tagged.digest().toString(),
                "",
                Map.of("a", "b"));

        DataSet missing = new DataSet("missing-subject");
        missing.referrer(new DataSet("elsewhere").image(), type, "1", List.of("v1"));
        return Stream.of(artifact, index, empty, subject, withSubject, missing);
    }

    private static Descriptor elsewhere(String type) {
        byte[] bytes = Registry.random(10);
        return new Descriptor(
                new MediaType(type),
                Digest.sha256(bytes),
                10,
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                type.contains("nondistributable")
                        ? List.of("https://example.test/layer")
                        : List.of(),
                Optional.empty());
    }

    @ParameterizedTest
    @MethodSource("sets")
    void set_is_pushed_listed_pulled_and_deleted(DataSet set) throws IOException {
        String repository = "data/" + set.name;
        for (Map.Entry<Digest, byte[]> blob : set.blobs.entrySet()) {
            registry.pushBlob(repository, blob.getValue(), blob.getKey().algorithm());
        }
        for (DataSet.Item item : set.manifests) {
            push(set, repository, item);
        }
        checkTags(set, repository);
        for (DataSet.Item item : set.manifests) {
            pull(repository, item);
        }
        for (Map.Entry<Digest, byte[]> blob : set.blobs.entrySet()) {
            registry.assertBlob(repository, blob.getKey(), blob.getValue());
        }
        checkReferrers(set, repository);
        delete(set, repository);
    }

    private static void push(DataSet set, String repository, DataSet.Item item) throws IOException {
        String byDigest = item.digest().toString();
        if (set.tagParameters && !item.tags().isEmpty()) {
            String tags = item.tags().stream().collect(Collectors.joining("&tag=", "?tag=", ""));
            Wire.Reply reply = put(repository, byDigest + tags, item);
            assertEquals(item.tags(), reply.headers().all("OCI-Tag"));
            return;
        }
        put(repository, byDigest, item);
        for (String tag : item.tags()) {
            put(repository, tag, item);
        }
    }

    private static Wire.Reply put(String repository, String reference, DataSet.Item item)
            throws IOException {
        Wire.Reply reply =
                registry.putManifest(repository, reference, item.mediaType(), item.bytes());
        assertEquals(201, reply.status(), reply.text());
        assertEquals(item.digest().toString(), reply.header("Docker-Content-Digest"));
        assertEquals(item.subject(), reply.header("OCI-Subject"));
        assertManifest(registry.get(reply.header("Location"), ACCEPT), item);
        return reply;
    }

    private static void checkTags(DataSet set, String repository) throws IOException {
        List<String> tags =
                set.manifests.stream().flatMap(item -> item.tags().stream()).sorted().toList();
        assertEquals(tags, tags(repository, ""));
        if (tags.size() >= 2) {
            int half = tags.size() / 2;
            String last = "?last=" + tags.get(half - 1);
            assertEquals(tags.subList(half, tags.size()), tags(repository, last));
        }
    }

    private static List<String> tags(String repository, String query) throws IOException {
        Wire.Reply reply = registry.get("/v2/" + repository + "/tags/list" + query);
        assertEquals(200, reply.status());
        Json.Obj document = (Json.Obj) Json.parse(reply.body());
        assertEquals(Json.of(repository), document.get("name").orElseThrow());
        return ((Json.Arr) document.get("tags").orElseThrow())
                .items().stream().map(tag -> ((Json.Str) tag).value()).toList();
    }

    private static void pull(String repository, DataSet.Item item) throws IOException {
        List<String> references = new ArrayList<>(item.tags());
        references.add(item.digest().toString());
        for (String reference : references) {
            String target = "/v2/" + repository + "/manifests/" + reference;
            assertManifest(registry.get(target, ACCEPT), item);
            Wire.Reply head = registry.head(target, ACCEPT);
            assertEquals(200, head.status());
            assertEquals(item.mediaType(), head.header("Content-Type"));
            assertEquals(String.valueOf(item.bytes().length), head.header("Content-Length"));
            assertEquals(item.digest().toString(), head.header("Docker-Content-Digest"));
        }
    }

    private static void assertManifest(Wire.Reply reply, DataSet.Item item) {
        assertEquals(200, reply.status(), reply.text());
        assertArrayEquals(item.bytes(), reply.body());
        assertEquals(item.mediaType(), reply.header("Content-Type"));
        assertEquals(item.digest().toString(), reply.header("Docker-Content-Digest"));
    }

    private static void checkReferrers(DataSet set, String repository) throws IOException {
        Map<String, List<DataSet.Item>> bySubject =
                set.manifests.stream()
                        .filter(item -> !item.subject().isEmpty())
                        .collect(Collectors.groupingBy(DataSet.Item::subject));
        for (Map.Entry<String, List<DataSet.Item>> entry : bySubject.entrySet()) {
            String target = "/v2/" + repository + "/referrers/" + entry.getKey();
            assertEquals(expected(entry.getValue()), referrers(registry.get(target)));
            for (DataSet.Item item : entry.getValue()) {
                String type = item.artifactType();
                if (!type.isEmpty()) {
                    Wire.Reply filtered = registry.get(target + "?artifactType=" + type);
                    assertEquals("artifactType", filtered.header("OCI-Filters-Applied"));
                    assertEquals(
                            expected(
                                    entry.getValue().stream()
                                            .filter(i -> i.artifactType().equals(type))
                                            .toList()),
                            referrers(filtered));
                }
            }
        }
    }

    private static Map<Digest, Descriptor> expected(List<DataSet.Item> items) {
        Map<Digest, Descriptor> all = new HashMap<>();
        for (DataSet.Item item : items) {
            Descriptor descriptor = item.descriptor().withAnnotations(item.annotations());
            if (!item.artifactType().isEmpty()) {
                descriptor = descriptor.withArtifactType(new MediaType(item.artifactType()));
            }
            all.put(item.digest(), descriptor);
        }
        return all;
    }

    static Map<Digest, Descriptor> referrers(Wire.Reply reply) throws IOException {
        assertEquals(200, reply.status(), reply.text());
        assertEquals(MediaType.OCI_INDEX.value(), reply.header("Content-Type"));
        ImageIndex index =
                (ImageIndex)
                        OciJson.readManifest(reply.body(), Optional.of(MediaType.OCI_INDEX))
                                .value();
        return index.manifests().stream().collect(Collectors.toMap(Descriptor::digest, d -> d));
    }

    private static void delete(DataSet set, String repository) throws IOException {
        for (DataSet.Item item : set.manifests.reversed()) {
            for (String tag : item.tags()) {
                gone("/v2/" + repository + "/manifests/" + tag);
            }
            gone("/v2/" + repository + "/manifests/" + item.digest());
        }
        for (DataSet.Item item : set.manifests) {
            if (!item.subject().isEmpty()) {
                Wire.Reply reply =
                        registry.get("/v2/" + repository + "/referrers/" + item.subject());
                assertTrue(referrers(reply).isEmpty());
            }
        }
        for (Digest blob : set.blobs.keySet()) {
            registry.cleanBlob(repository, blob);
        }
        assertEquals(List.of(), tags(repository, ""));
    }

    private static void gone(String target) throws IOException {
        assertEquals(202, registry.delete(target).status(), target);
        assertEquals(404, registry.head(target, ACCEPT).status(), target);
    }
}
