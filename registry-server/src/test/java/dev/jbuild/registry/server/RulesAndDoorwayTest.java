package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.NOTHING;
import static dev.jbuild.registry.server.Registry.random;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.operation.Operation;
import dev.jbuild.registry.server.storage.RepositoryRules;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What operators see and set: health, numbers, ids, a path prefix, read-only, immutable tags,
/// quotas.
class RulesAndDoorwayTest {
    private static final String MANIFEST = MediaType.OCI_MANIFEST.value();

    @TempDir Path root;

    @Test
    void each_answer_has_an_id_which_the_log_has_too() throws Exception {
        List<RequestRecord> log = new CopyOnWriteArrayList<>();
        try (Registry registry = new Registry(root, config -> config.withRequests(log::add))) {
            String own = registry.get("/v2/").header("X-Request-Id");
            assertEquals(
                    "abc-1", registry.get("/v2/", "X-Request-Id", "abc-1").header("X-Request-Id"));
            String forged =
                    registry.get("/v2/", "X-Request-Id", "a b\" x=1").header("X-Request-Id");
            assertTrue(forged.matches("[0-9a-f]{8}-[0-9a-f]{4}-\\d+"), forged);
            assertEquals(
                    List.of(own, "abc-1", forged), log.stream().map(RequestRecord::id).toList());
        }
    }

    @Test
    void behind_a_path_prefix_every_place_that_is_named_has_it() throws Exception {
        Operation below = new Operation("/hub/reg", false);
        try (Registry registry = new Registry(root, config -> config.withOperation(below))) {
            assertEquals(404, registry.get("/v2/").status());
            assertEquals(200, registry.get("/hub/reg/v2/").status());
            Wire.Reply started = registry.send("POST", "/hub/reg/v2/a/blobs/uploads/", NOTHING);
            assertTrue(started.header("Location").startsWith("/hub/reg/v2/a/blobs/uploads/"));
            byte[] blob = random(10);
            Wire.Reply done =
                    registry.send(
                            "PUT",
                            started.header("Location") + "?digest=" + Digest.sha256(blob),
                            blob);
            assertEquals("/hub/reg/v2/a/blobs/" + Digest.sha256(blob), done.header("Location"));
            for (String tag : List.of("t1", "t2")) {
                byte[] index = DataSet.index().build().encode();
                registry.send(
                        "PUT",
                        "/hub/reg/v2/a/manifests/" + tag,
                        index,
                        "Content-Type",
                        MediaType.OCI_INDEX.value());
            }
            String link = registry.get("/hub/reg/v2/a/tags/list?n=1").header("Link");
            assertEquals("</hub/reg/v2/a/tags/list?n=1&last=t1>; rel=\"next\"", link);
        }
    }

    @Test
    void behind_a_path_prefix_tokens_are_where_the_challenge_says(@TempDir Path directory)
            throws Exception {
        Operation below = new Operation("/hub/reg", false);
        Path policy =
                Files.writeString(
                        directory.resolve("policy"),
                        "rules:\n- {repositories: ['**'], allow: {anyone: [pull]}}\n");
        AccessConfig access = AccessConfig.of(root).withPolicy(policy);
        try (Registry registry =
                new Registry(
                        root,
                        config -> config.withOperation(below).withAccess(Optional.of(access)))) {
            String challenge = registry.get("/hub/reg/v2/").header("WWW-Authenticate");
            String realm = "Bearer realm=\"http://registry.test";
            assertTrue(challenge.startsWith(realm + "/hub/reg/token\","), challenge);
            String path = challenge.substring(realm.length(), challenge.indexOf("\","));
            Wire.Reply token = registry.get(path + "?scope=repository:app:pull");
            assertEquals(200, token.status(), token.text());
        }
    }

    @Test
    void where_a_registry_is_known_to_be_its_tokens_are_too() throws Exception {
        Operation below = new Operation("/reg", false);
        AccessConfig access =
                AccessConfig.of(root).withUrl(URI.create("https://hub.example/outer/reg/"));
        try (Registry registry =
                new Registry(
                        root,
                        config -> config.withOperation(below).withAccess(Optional.of(access)))) {
            String challenge = registry.get("/reg/v2/").header("WWW-Authenticate");
            assertTrue(
                    challenge.startsWith("Bearer realm=\"https://hub.example/outer/reg/token\","),
                    challenge);
        }
    }

    @Test
    void read_only_from_the_start_serves_and_refuses_changes() throws Exception {
        try (Registry registry = new Registry(root)) {
            registry.pushImage("app", "v1");
        }
        Operation frozen = new Operation("", true);
        try (Registry registry = new Registry(root, config -> config.withOperation(frozen))) {
            assertEquals("ok, read-only\n", registry.get("/readyz").text());
            assertEquals(200, registry.get("/v2/app/manifests/v1").status());
            assertEquals(405, registry.delete("/v2/app/manifests/v1").status());
            assertEquals(405, registry.send("POST", "/v2/app/blobs/uploads/", NOTHING).status());
        }
    }

    @Test
    void immutable_tag_is_pushed_once_and_neither_moved_nor_deleted() throws Exception {
        RepositoryRules rules =
                new RepositoryRules(
                        (_, tag) -> tag.value().startsWith("v"),
                        OptionalLong.empty(),
                        _ -> OptionalLong.empty());
        try (Registry registry = new Registry(root, config -> config.withRules(rules))) {
            byte[] first = registry.pushImage("app", "v1");
            byte[] second = registry.image("app");
            Wire.Reply moved = registry.putManifest("app", "v1", MANIFEST, second);
            assertEquals(409, moved.status());
            assertTrue(moved.text().contains("tag 'v1' of 'app' is immutable"), moved.text());
            assertEquals(201, registry.putManifest("app", "v1", MANIFEST, first).status());
            assertEquals(409, registry.delete("/v2/app/manifests/v1").status());
            String digest = "/v2/app/manifests/" + Digest.sha256(first);
            assertEquals(409, registry.delete(digest).status());
            assertEquals(201, registry.putManifest("app", "latest", MANIFEST, second).status());
            assertEquals(201, registry.putManifest("app", "latest", MANIFEST, first).status());
            assertEquals(202, registry.delete("/v2/app/manifests/latest").status());
        }
    }

    @Test
    void quota_of_a_repository_refuses_what_does_not_fit_and_counts_what_is_deleted_as_free()
            throws Exception {
        RepositoryRules rules =
                new RepositoryRules(
                        (_, _) -> false,
                        OptionalLong.empty(),
                        name ->
                                name.equals(new RepositoryName("small"))
                                        ? OptionalLong.of(1000)
                                        : OptionalLong.empty());
        try (Registry registry = new Registry(root, config -> config.withRules(rules))) {
            Digest digest = registry.pushBlob("small", random(700));
            byte[] more = random(400);
            String target = "/v2/small/blobs/uploads/?digest=" + Digest.sha256(more);
            Wire.Reply refused = registry.send("POST", target, more);
            assertEquals(403, refused.status());
            assertTrue(
                    refused.text().contains("the quota of repository 'small' is 1000 bytes"),
                    refused.text());
            registry.pushBlob("other", more);
            String mount = "/v2/small/blobs/uploads/?from=other&mount=" + Digest.sha256(more);
            assertEquals(403, registry.send("POST", mount, NOTHING).status());
            registry.delete("/v2/small/blobs/" + digest);
            assertEquals(201, registry.send("POST", mount, NOTHING).status());
        }
    }

    @Test
    void quota_in_all_counts_shared_content_once() throws Exception {
        RepositoryRules rules =
                new RepositoryRules(
                        (_, _) -> false, OptionalLong.of(1000), _ -> OptionalLong.empty());
        try (Registry registry = new Registry(root, config -> config.withRules(rules))) {
            byte[] blob = random(900);
            registry.pushBlob("one", blob);
            registry.pushBlob("two", blob);
            byte[] more = random(200);
            String target = "/v2/one/blobs/uploads/?digest=" + Digest.sha256(more);
            assertEquals(403, registry.send("POST", target, more).status());
        }
    }
}
