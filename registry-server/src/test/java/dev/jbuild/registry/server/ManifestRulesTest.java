package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.NOTHING;
import static dev.jbuild.registry.server.Registry.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.ErrorDocument;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What manifests, lists and errors have to look like beyond the conformance table:
/// distribution-spec 1.1, and what docker's clients are used to.
class ManifestRulesTest {
    private static final String OCI = MediaType.OCI_MANIFEST.value();

    @TempDir static Path root;
    private static Registry registry;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        registry = new Registry(root);
    }

    @AfterAll
    static void stop() {
        registry.close();
    }

    @Test
    void ping_is_200_and_names_the_version() throws IOException {
        Wire.Reply reply = registry.get("/v2/");
        assertEquals(200, reply.status());
        assertEquals("registry/2.0", reply.header("Docker-Distribution-API-Version"));
        assertEquals(200, registry.get("/v2").status());
    }

    @Test
    void empty_repository_has_no_tags_and_an_empty_list_of_referrers() throws IOException {
        assertError(404, "NAME_UNKNOWN", registry.get("/v2/nobody/here/tags/list"));
        Wire.Reply reply = registry.get("/v2/nobody/here/referrers/" + Digest.sha256(random(5)));
        assertTrue(DataSetTest.referrers(reply).isEmpty());
    }

    @ParameterizedTest
    @CsvSource({
        "missing-tag, 404, MANIFEST_UNKNOWN",
        ".INVALID_MANIFEST_NAME, 404, MANIFEST_UNKNOWN",
        "sha256:5555555555555555555555555555555555555555555555555555555555555555, 404, MANIFEST_UNKNOWN",
        "sha256:totallywrong, 400, DIGEST_INVALID",
        "sha256:baddigeststring, 400, DIGEST_INVALID",
        "md5:d41d8cd98f00b204e9800998ecf8427e, 400, DIGEST_INVALID"
    })
    void manifest_that_is_not_there_is_refused_with_a_code(String ref, int status, String code)
            throws IOException {
        assertError(status, code, registry.get("/v2/app/manifests/" + ref));
        assertEquals(status, registry.head("/v2/app/manifests/" + ref).status());
        assertError(status, code, registry.delete("/v2/app/manifests/" + ref));
    }

    @Test
    void manifest_under_a_wrong_digest_is_400_and_not_kept() throws IOException {
        byte[] manifest = registry.image("wrong");
        assertError(
                400,
                "DIGEST_INVALID",
                registry.putManifest("wrong", "sha256:baddigeststring", OCI, manifest));
        byte[] longer =
                (new String(manifest, StandardCharsets.UTF_8) + "  ")
                        .getBytes(StandardCharsets.UTF_8);
        String digest = Digest.sha256(manifest).toString();
        assertError(400, "DIGEST_INVALID", registry.putManifest("wrong", digest, OCI, longer));
        assertEquals(404, registry.head("/v2/wrong/manifests/" + digest).status());
    }

    @Test
    void manifest_without_its_blobs_is_400_and_says_which() throws IOException {
        byte[] manifest = registry.image("complete");
        Wire.Reply reply = registry.putManifest("lacking", "v1", OCI, manifest);
        assertError(400, "MANIFEST_BLOB_UNKNOWN", reply);
        assertTrue(reply.text().contains("sha256:"), reply.text());
        assertEquals(404, registry.head("/v2/lacking/manifests/v1").status());
    }

    @Test
    void manifest_that_gives_a_wrong_size_for_a_blob_is_400_and_not_kept() throws IOException {
        byte[] manifest = registry.image("sizes");
        byte[] wrong =
                new String(manifest, StandardCharsets.UTF_8)
                        .replace("\"size\":512", "\"size\":5")
                        .getBytes(StandardCharsets.UTF_8);
        Wire.Reply reply = registry.putManifest("sizes", "v1", OCI, wrong);
        assertError(400, "MANIFEST_INVALID", reply);
        assertTrue(reply.text().contains(" has 5 bytes, but it has 512"), reply.text());
        assertEquals(404, registry.head("/v2/sizes/manifests/v1").status());
    }

    @Test
    void index_that_gives_a_wrong_size_for_an_image_is_400() throws IOException {
        byte[] image = registry.pushImage("sizes", "v2");
        String index =
                """
                {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
                {"mediaType":"%s","digest":"%s","size":%d}]}""";
        for (int more = 0; more < 2; more++) {
            byte[] bytes =
                    index.formatted(OCI, Digest.sha256(image), image.length + more)
                            .getBytes(StandardCharsets.UTF_8);
            Wire.Reply reply =
                    registry.putManifest("sizes", "all", MediaType.OCI_INDEX.value(), bytes);
            assertEquals(more == 0 ? 201 : 400, reply.status(), reply.text());
        }
    }

    @Test
    void index_of_a_build_cache_may_list_blobs() throws IOException {
        byte[] layer = random(40);
        registry.pushBlob("cache", layer);
        byte[] index =
                OciJson.encode(
                                ImageIndex.of(
                                        List.of(Descriptor.of(MediaType.OCI_LAYER_GZIP, layer))))
                        .bytes();
        assertEquals(
                201,
                registry.putManifest("cache", "c", MediaType.OCI_INDEX.value(), index).status());
    }

    @ParameterizedTest
    @CsvSource({
        "'not json', application/vnd.oci.image.manifest.v1+json",
        "'{\"schemaVersion\":1}', application/vnd.docker.distribution.manifest.v1+prettyjws",
        "'[]', application/vnd.oci.image.manifest.v1+json",
        "'{\"schemaVersion\":2}', application/vnd.oci.image.manifest.v1+json",
        "'', application/vnd.oci.image.manifest.v1+json"
    })
    void bytes_that_are_no_manifest_are_400(String body, String type) throws IOException {
        assertError(
                400,
                "MANIFEST_INVALID",
                registry.putManifest("app", "v1", type, body.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void json_nested_without_end_is_400() throws IOException {
        byte[] bomb = "[".repeat(200_000).getBytes(StandardCharsets.UTF_8);
        assertError(400, "MANIFEST_INVALID", registry.putManifest("app", "v1", OCI, bomb));
    }

    @Test
    void media_type_has_to_match_the_content_type_whose_parameters_do_not_matter()
            throws IOException {
        byte[] manifest = registry.image("types");
        assertError(
                400,
                "MANIFEST_INVALID",
                registry.putManifest("types", "v1", MediaType.OCI_INDEX.value(), manifest));
        assertEquals(
                201,
                registry.putManifest("types", "v1", OCI + "; charset=utf-8", manifest).status());
        assertEquals(OCI, registry.get("/v2/types/manifests/v1").header("Content-Type"));
    }

    @Test
    void manifest_above_4_mib_is_413() throws IOException {
        byte[] manifest = new byte[4 * 1024 * 1024 + 1];
        Arrays.fill(manifest, (byte) ' ');
        assertError(413, "MANIFEST_INVALID", registry.putManifest("app", "v1", OCI, manifest));
    }

    @Test
    void docker_manifest_is_kept_as_it_is() throws IOException {
        byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
        registry.pushBlob("docker", config);
        byte[] manifest =
                ("{\n  \"schemaVersion\": 2,\n  \"mediaType\": \""
                                + MediaType.DOCKER_MANIFEST
                                + "\",\n  \"config\": {\"mediaType\": \""
                                + MediaType.DOCKER_CONFIG
                                + "\", \"size\": 2, \"digest\": \""
                                + Digest.sha256(config)
                                + "\"},\n  \"layers\": []\n}")
                        .getBytes(StandardCharsets.UTF_8);
        String type = MediaType.DOCKER_MANIFEST.value();
        assertEquals(201, registry.putManifest("docker", "v1", type, manifest).status());
        Wire.Reply reply = registry.get("/v2/docker/manifests/v1", "Accept", type);
        assertArrayEquals(manifest, reply.body());
        assertEquals(type, reply.header("Content-Type"));
    }

    @ParameterizedTest
    @CsvSource({
        "'application/vnd.oci.image.manifest.v1+json', 200",
        "'text/html;q=1.0, application/vnd.oci.image.manifest.v1+json;q=0.1', 200",
        "'*/*', 200",
        "'application/vnd.docker.distribution.manifest.v2+json', 404"
    })
    void tag_is_served_only_to_who_accepts_its_type(String accept, int status) throws IOException {
        byte[] manifest = registry.pushImage("accept", "v1");
        Wire.Reply byTag = registry.get("/v2/accept/manifests/v1", "Accept", accept);
        assertEquals(status, byTag.status());
        String byDigest = "/v2/accept/manifests/" + Digest.sha256(manifest);
        assertEquals(200, registry.get(byDigest, "Accept", accept).status());
    }

    @Test
    void known_content_is_304() throws IOException {
        byte[] manifest = registry.pushImage("known", "v1");
        String digest = Digest.sha256(manifest).toString();
        assertEquals("\"" + digest + "\"", registry.get("/v2/known/manifests/v1").header("ETag"));
        for (String tag :
                List.of(
                        "\"" + digest + "\"",
                        digest,
                        "W/\"" + digest + "\"",
                        "\"x\", \"" + digest + "\"")) {
            Wire.Reply reply = registry.get("/v2/known/manifests/v1", "If-None-Match", tag);
            assertEquals(304, reply.status());
        }
        assertEquals(
                200, registry.get("/v2/known/manifests/v1", "If-None-Match", "\"other\"").status());
    }

    @Test
    void tag_moves_only_if_it_is_as_expected() throws IOException {
        byte[] first = registry.pushImage("moved", "v1");
        byte[] second = registry.image("moved");
        String target = "/v2/moved/manifests/v1";
        Wire.Reply absent =
                registry.send("PUT", target, second, "Content-Type", OCI, "If-None-Match", "*");
        assertEquals(412, absent.status());
        Wire.Reply other =
                registry.send("PUT", target, second, "Content-Type", OCI, "If-Match", "\"x\"");
        assertEquals(412, other.status());
        assertArrayEquals(first, registry.get(target).body());
        String tag = "\"" + Digest.sha256(first) + "\"";
        Wire.Reply same =
                registry.send("PUT", target, second, "Content-Type", OCI, "If-Match", tag);
        assertEquals(201, same.status());
        assertArrayEquals(second, registry.get(target).body());
    }

    @Test
    void deleting_a_tag_keeps_the_manifest_and_deleting_the_manifest_its_tags() throws IOException {
        byte[] manifest = registry.pushImage("deleted", "v1");
        registry.putManifest("deleted", "v2", OCI, manifest);
        String byDigest = "/v2/deleted/manifests/" + Digest.sha256(manifest);
        assertEquals(202, registry.delete("/v2/deleted/manifests/v1").status());
        assertEquals(200, registry.head(byDigest).status());
        assertEquals(202, registry.delete(byDigest).status());
        assertEquals(404, registry.head("/v2/deleted/manifests/v2").status());
        assertEquals(
                "{\"name\":\"deleted\",\"tags\":[]}", registry.get("/v2/deleted/tags/list").text());
    }

    @Test
    void tags_are_listed_in_ascii_order_page_by_page() throws IOException {
        byte[] manifest = registry.image("paged");
        for (String tag : List.of("b", "B", "_x", "a-1", "a.1", "10", "9")) {
            registry.putManifest("paged", tag, OCI, manifest);
        }
        List<String> seen = new ArrayList<>();
        String next = "/v2/paged/tags/list?n=3";
        while (!next.isEmpty()) {
            Wire.Reply page = registry.get(next);
            Json.Obj document = (Json.Obj) Json.parse(page.body());
            ((Json.Arr) document.get("tags").orElseThrow())
                    .items()
                    .forEach(tag -> seen.add(((Json.Str) tag).value()));
            next = page.header("Link").replaceFirst("<(.*)>; rel=\"next\"", "$1");
        }
        assertEquals(List.of("10", "9", "B", "_x", "a-1", "a.1", "b"), seen);
        Wire.Reply none = registry.get("/v2/paged/tags/list?n=0");
        assertEquals("{\"name\":\"paged\",\"tags\":[]}", none.text());
        assertEquals("", none.header("Link"));
        assertError(400, "PAGINATION_NUMBER_INVALID", registry.get("/v2/paged/tags/list?n=many"));
        assertError(400, "PAGINATION_NUMBER_INVALID", registry.get("/v2/paged/tags/list?n=-1"));
    }

    @Test
    void catalog_lists_repositories_page_by_page() throws IOException {
        registry.pushImage("aaa/one", "v1");
        registry.pushImage("aaa/two", "v1");
        Wire.Reply first = registry.get("/v2/_catalog?n=1&last=aaa/a");
        assertEquals("{\"repositories\":[\"aaa/one\"]}", first.text());
        assertEquals("</v2/_catalog?n=1&last=aaa%2Fone>; rel=\"next\"", first.header("Link"));
        Wire.Reply second = registry.get("/v2/_catalog?n=1&last=aaa%2Fone");
        assertEquals("{\"repositories\":[\"aaa/two\"]}", second.text());
    }

    @Test
    void referrers_come_page_by_page() throws IOException {
        DataSet set = new DataSet("referrers");
        DataSet.Item subject = set.image("v1");
        for (int i = 0; i < 5; i++) {
            set.referrer(subject, "application/x.t", "n" + i, List.of());
        }
        push("referrers", set);
        List<String> seen = new ArrayList<>();
        String next =
                "/v2/referrers/referrers/" + subject.digest() + "?n=2&artifactType=application/x.t";
        int pages = 0;
        while (!next.isEmpty()) {
            Wire.Reply page = registry.get(next);
            DataSetTest.referrers(page).keySet().forEach(digest -> seen.add(digest.toString()));
            next = page.header("Link").replaceFirst("<(.*)>; rel=\"next\"", "$1");
            pages++;
        }
        assertEquals(3, pages);
        assertEquals(5, seen.stream().distinct().count());
    }

    @ParameterizedTest
    @CsvSource({"SHA256", "SHA512"})
    void entries_of_a_fallback_tag_are_referrers_too(DigestAlgorithm algorithm) throws IOException {
        DataSet set = new DataSet("fallback", algorithm);
        DataSet.Item subject = set.image("v1");
        DataSet.Item old = set.image("old"); // its client couldn't say subject
        DataSet.Item young = set.referrer(subject, "application/x.young", "1", List.of());
        String repository = "fallback/" + algorithm.token();
        push(repository, set);
        Descriptor entry =
                old.descriptor()
                        .withArtifactType(new MediaType("application/x.old"))
                        .withAnnotations(Map.of("from", "fallback"));
        byte[] index = OciJson.encode(ImageIndex.of(List.of(entry))).bytes();
        String tag = algorithm.token() + "-" + subject.digest().hex().substring(0, 64);
        registry.putManifest(repository, tag, MediaType.OCI_INDEX.value(), index);

        String target = "/v2/" + repository + "/referrers/" + subject.digest();
        Map<Digest, Descriptor> all = DataSetTest.referrers(registry.get(target));
        assertEquals(entry, all.get(old.digest()));
        assertTrue(all.containsKey(young.digest()));
        assertEquals(2, all.size());
        assertEquals(
                Map.of(old.digest(), entry),
                DataSetTest.referrers(registry.get(target + "?artifactType=application/x.old")));
        registry.delete("/v2/" + repository + "/manifests/" + old.digest());
        assertEquals(1, DataSetTest.referrers(registry.get(target)).size());
    }

    @Test
    void up_to_50_tags_come_with_a_manifest_and_more_are_414() throws IOException {
        byte[] manifest = registry.image("many");
        String digest = Digest.sha256(manifest).toString();
        Wire.Reply reply = registry.putManifest("many", digest + tags(50), OCI, manifest);
        assertEquals(201, reply.status());
        assertEquals(50, reply.headers().all("OCI-Tag").size());
        assertEquals(414, registry.putManifest("many", digest + tags(51), OCI, manifest).status());
        assertError(
                400,
                "TAG_INVALID",
                registry.putManifest("many", digest + "?tag=no%20tag", OCI, manifest));
    }

    @ParameterizedTest
    @CsvSource({
        "/v2/UPPER/tags/list, 400, NAME_INVALID",
        "/v2/a//b/tags/list, 400, NAME_INVALID",
        "/v2/../../etc/tags/list, 400, NAME_INVALID",
        "/v2/%2e%2e/%2e%2e/blobs/uploads/, 400, NAME_INVALID",
        "/v2/app/blobs/sha256:..%2f..%2f..%2fmetadata.db, 404, NAME_UNKNOWN",
        "/v2/app/blobs/sha256:0, 400, DIGEST_INVALID",
        "/v2/app/blobs/uploads/..%2f..%2fmetadata.db, 404, NAME_UNKNOWN",
        "/v2/app/blobs/uploads/..%00, 404, BLOB_UPLOAD_UNKNOWN",
        "/v2/app/blobs/uploads/00000000-0000-0000-0000-000000000000, 404, BLOB_UPLOAD_UNKNOWN",
        "/v2/app/blobs/uploads/put-00000000-0000-0000-0000-000000000000, 404, BLOB_UPLOAD_UNKNOWN",
        "/v2/app/tags/list?n=%zz, 400, NAME_INVALID",
        "/v2/%ff/tags/list, 400, NAME_INVALID",
        "/v2/app/nothing/here, 404, NAME_UNKNOWN",
        "/, 404, NAME_UNKNOWN",
        "/etc/passwd, 404, NAME_UNKNOWN",
        "/v2/app/referrers/sha256:x, 400, DIGEST_INVALID"
    })
    void path_that_leads_nowhere_is_refused_with_a_code(String path, int status, String code)
            throws IOException {
        assertError(status, code, registry.get(path));
    }

    @Test
    void name_of_255_characters_works_and_of_256_does_not() throws IOException {
        String longest = "a".repeat(127) + "/" + "b".repeat(127);
        registry.pushImage(longest, "v1");
        assertError(400, "NAME_INVALID", registry.get("/v2/" + longest + "c/tags/list"));
    }

    @Test
    void repository_may_be_called_like_an_endpoint() throws IOException {
        String name = "blobs/uploads/manifests/tags/list/referrers";
        byte[] manifest = registry.pushImage(name, "v1");
        assertArrayEquals(manifest, registry.get("/v2/" + name + "/manifests/v1").body());
        assertEquals(200, registry.get("/v2/" + name + "/tags/list").status());
    }

    @Test
    void wrong_method_is_405_and_names_the_right_ones() throws IOException {
        Wire.Reply reply = registry.send("POST", "/v2/app/tags/list", NOTHING);
        assertError(405, "UNSUPPORTED", reply);
        assertEquals("GET, HEAD", reply.header("Allow"));
        assertEquals(405, registry.send("OPTIONS", "/v2/", NOTHING).status());
    }

    @Test
    void digest_may_be_percent_encoded() throws IOException {
        byte[] blob = random(10);
        Digest digest = registry.pushBlob("encoded", blob);
        String target = "/v2/encoded/blobs/" + digest.toString().replace(":", "%3A");
        assertArrayEquals(blob, registry.get(target).body());
    }

    @Test
    void upload_belongs_to_its_repository() throws IOException {
        String location = registry.startUpload("mine");
        String stolen = location.replace("/v2/mine/", "/v2/yours/");
        assertError(404, "BLOB_UPLOAD_UNKNOWN", registry.get(stolen));
        assertEquals(404, registry.send("PATCH", stolen, random(5)).status());
        assertEquals(404, registry.delete(stolen).status());
        assertEquals(204, registry.get(location).status());
    }

    @ParameterizedTest
    @CsvSource({
        "abc, 5, 400, BLOB_UPLOAD_INVALID",
        "0-9, 5, 400, SIZE_INVALID",
        "9-5, 5, 400, SIZE_INVALID",
        "99999999999999999999-5, 5, 400, BLOB_UPLOAD_INVALID"
    })
    void broken_content_range_is_400(String range, int length, int status, String code)
            throws IOException {
        String location = registry.startUpload("ranges");
        Wire.Reply reply = registry.send("PATCH", location, random(length), "Content-Range", range);
        assertError(status, code, reply);
        assertEquals(204, registry.get(location).status());
    }

    @Test
    void put_without_digest_or_with_an_unknown_algorithm_is_400_and_the_upload_survives()
            throws IOException {
        String location = registry.startUpload("nodigest");
        assertError(400, "DIGEST_INVALID", registry.send("PUT", location, random(5)));
        assertError(
                400,
                "DIGEST_INVALID",
                registry.send("PUT", location + "?digest=sha3:00", random(5)));
        assertEquals(204, registry.get(location).status());
        assertError(
                400,
                "DIGEST_INVALID",
                registry.send("POST", "/v2/x/blobs/uploads/?digest-algorithm=md5", NOTHING));
    }

    private static void push(String repository, DataSet set) throws IOException {
        for (Map.Entry<Digest, byte[]> blob : set.blobs.entrySet()) {
            registry.pushBlob(repository, blob.getValue(), blob.getKey().algorithm());
        }
        for (DataSet.Item item : set.manifests) {
            Wire.Reply reply =
                    registry.putManifest(
                            repository, item.digest().toString(), item.mediaType(), item.bytes());
            assertEquals(201, reply.status(), reply.text());
        }
    }

    private static String tags(int count) {
        StringBuilder query = new StringBuilder("?");
        IntStream.range(0, count).forEach(i -> query.append("tag=t").append(i).append('&'));
        return query.toString();
    }

    private static void assertError(int status, String code, Wire.Reply reply) throws IOException {
        assertEquals(status, reply.status(), reply.text());
        assertEquals("application/json", reply.header("Content-Type"));
        ErrorDocument document = OciJson.readErrors(reply.body());
        assertEquals(code, document.errors().getFirst().code(), reply.text());
    }
}
