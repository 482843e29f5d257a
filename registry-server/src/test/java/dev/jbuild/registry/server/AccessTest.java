package dev.jbuild.registry.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Json;
import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.access.Accounts;
import dev.jbuild.registry.server.access.Limit;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who may do what, on a socket.
class AccessTest {
    private static final String POLICY =
            """
            groups:
              team: [alice, "robot:ci"]
            admins: [root]
            rules:
              - repositories: ["public/**"]
                allow: {anyone: [pull], "group:team": [pull, push, delete]}
              - repositories: ["team/**"]
                allow: {"group:team": [pull, push]}
              - repositories: ["bob/**"]
                allow: {bob: [pull, push]}
            workloads:
              - name: release
                issuer: https://ci.example
                audience: jbuild-registry
                keys: KEYS
                claims: {repository: "acme/*"}
                groups: [team]
            """;

    private static Path users;

    @TempDir Path directory;
    private Path policy;
    private Path keys;
    private Registry registry;

    /// Once: hashing passwords takes its time.
    @BeforeAll
    static void make_users(@TempDir Path shared) throws Exception {
        users = shared.resolve("accounts.db");
        try (Accounts accounts = new Accounts(users, InstantSource.system())) {
            for (String user : List.of("alice", "bob", "root")) {
                accounts.setUser(user, user + "'s password");
            }
        }
    }

    @BeforeEach
    void start() throws Exception {
        keys = directory.resolve("keys.json");
        policy = Files.writeString(directory.resolve("policy"), POLICY.replace("KEYS", "" + keys));
        Path root = Files.createDirectory(directory.resolve("root"));
        Files.copy(users, root.resolve("accounts.db"));
        registry = registry(access -> access);
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    @Test
    void the_ping_asks_for_a_token_and_for_nothing_else() throws Exception {
        Wire.Reply reply = registry.get("/v2/");
        assertEquals(401, reply.status());
        assertEquals(
                List.of("Bearer realm=\"http://registry.test/token\",service=\"jbuild-registry\""),
                reply.headers().all("WWW-Authenticate"));
        assertEquals(
                Optional.of("registry/2.0"),
                reply.headers().first("Docker-Distribution-API-Version"));
    }

    @Test
    void a_password_opens_the_ping_and_a_wrong_one_doesn_t() throws Exception {
        assertEquals(200, registry.get("/v2/", basic("alice")).status());
        assertEquals(401, registry.get("/v2/", basic("alice", "wrong")).status());
        assertEquals(401, registry.get("/v2/", basic("nobody", "x")).status());
        assertEquals(401, registry.get("/v2/", "Authorization", "Digest x").status());
    }

    @Test
    void an_anonymous_token_opens_the_ping_and_pulls_what_anyone_may() throws Exception {
        push("public/app", "alice");
        String token = token("scope=repository:public/app:pull,push");
        assertEquals(200, registry.get("/v2/", bearer(token)).status());
        assertEquals(200, registry.get("/v2/public/app/manifests/v1", bearer(token)).status());
        Wire.Reply push =
                registry.send(
                        "POST", "/v2/public/app/blobs/uploads/", Registry.NOTHING, bearer(token));
        assertEquals(401, push.status());
        assertTrue(
                push.headers()
                        .first("WWW-Authenticate")
                        .orElseThrow()
                        .endsWith(
                                ",scope=\"repository:public/app:pull,push\",error=\"insufficient_scope\""));
    }

    @Test
    void what_is_not_there_and_what_one_may_not_see_look_alike() throws Exception {
        push("team/app", "alice");
        for (String repository : List.of("team/app", "team/none")) {
            assertEquals(401, registry.get("/v2/" + repository + "/manifests/v1").status());
            Wire.Reply denied = registry.get("/v2/" + repository + "/manifests/v1", basic("bob"));
            assertEquals(403, denied.status());
            assertTrue(denied.text().contains("\"code\":\"DENIED\""));
        }
    }

    @Test
    void a_path_is_controlled_however_it_is_written() throws Exception {
        push("team/app", "alice");
        for (String path :
                List.of(
                        "/%762/team/app/manifests/v1",
                        "/%76%32/team/app/manifests/v1",
                        "/v2%2fteam/app/manifests/v1",
                        "/v2/team%2Fapp/manifests/v1",
                        "/v2/t%65am/app/manifests/v1",
                        "http://registry.test/v2/team/app/manifests/v1",
                        "/v2/team/app/manifests%2fv1")) {
            assertEquals(401, registry.get(path).status(), path);
            assertEquals(401, registry.head(path).status(), path);
            assertEquals(403, registry.get(path, basic("bob")).status(), path);
            assertEquals(401, registry.delete(path).status(), path);
        }
        for (String path : List.of("//v2/team/app/manifests/v1", "/healthz/../v2/", "/metrics")) {
            assertTrue(registry.get(path).status() >= 400, path);
        }
    }

    @Test
    void nobody_can_lock_out_another_from_elsewhere() throws Exception {
        int status = 0;
        Duration took = Duration.ofSeconds(2);
        // the pause is one second: on a busy machine it may be over before it is noticed
        for (int tries = 0; tries < 10 && status != 429 && took.toSeconds() >= 1; tries++) {
            long begin = 0;
            for (int i = 0; i < 6; i++) {
                begin = System.nanoTime();
                registry.get("/v2/", basic("bob", "guess"));
            }
            status = registry.get("/v2/", basic("bob")).status();
            took = Duration.ofNanos(System.nanoTime() - begin);
        }
        assertEquals(429, status);
        assertEquals(200, registry.get("/v2/", basic("alice")).status());
    }

    @Test
    void a_refresh_token_ends_with_its_user() throws Exception {
        Json.Obj login =
                json(
                        registry.get(
                                "/token?service=jbuild-registry&offline_token=true", basic("bob")));
        String refresh = text(login, "refresh_token");
        String form = "grant_type=refresh_token&refresh_token=" + refresh;
        assertEquals(200, form(form).status());
        try (Accounts accounts =
                new Accounts(directory.resolve("root/accounts.db"), InstantSource.system())) {
            accounts.remove("bob");
        }
        assertEquals(400, form(form).status());
    }

    @Test
    void a_token_is_good_for_its_scopes_alone() throws Exception {
        push("team/app", "alice");
        String token = token("scope=repository:team/app:pull", basic("alice"));
        assertEquals(200, registry.get("/v2/team/app/manifests/v1", bearer(token)).status());
        Wire.Reply push =
                registry.send(
                        "POST", "/v2/team/app/blobs/uploads/", Registry.NOTHING, bearer(token));
        assertEquals(401, push.status());
        assertEquals(401, registry.get("/v2/team/other/manifests/v1", bearer(token)).status());
    }

    @Test
    void a_token_has_what_was_asked_for_and_is_allowed() throws Exception {
        Json.Obj answer =
                json(
                        registry.get(
                                "/token?service=jbuild-registry&scope=repository:team/a:pull,push,delete+repository:bob/b:pull&scope=repository:public/c:pull",
                                basic("alice")));
        assertEquals("repository:team/a:pull,push repository:public/c:pull", text(answer, "scope"));
        assertEquals(text(answer, "token"), text(answer, "access_token"));
    }

    @Test
    void a_token_gets_no_other_token() throws Exception {
        String token = token("", basic("alice"));
        Wire.Reply reply =
                registry.get(
                        "/token?offline_token=true&scope=repository:team/app:push", bearer(token));
        assertEquals(401, reply.status());
    }

    @Test
    void a_key_gets_no_refresh_token() throws Exception {
        String key;
        try (Accounts accounts =
                new Accounts(directory.resolve("root/accounts.db"), InstantSource.system())) {
            key = accounts.makeKey("alice", List.of(), Optional.empty());
        }
        Json.Obj answer = json(registry.get("/token?offline_token=true", basic("alice", key)));
        assertTrue(answer.get("refresh_token").isEmpty());
    }

    @Test
    void a_location_that_only_looks_like_an_upload_is_nobody_s() throws Exception {
        Wire.Reply start =
                registry.send(
                        "POST", "/v2/team/app/blobs/uploads/", Registry.NOTHING, basic("alice"));
        String id = start.header("Docker-Upload-UUID");
        push("team/x/blobs/uploads/y", "alice");
        Wire.Reply reply =
                registry.get("/v2/team/app/blobs/uploads/" + id + "?owner=", basic("root"));
        assertEquals(404, reply.status());
    }

    @Test
    void a_token_from_the_far_future_is_refused_and_no_failure() throws Exception {
        Files.writeString(keys, "{\"keys\":[]}");
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        String token =
                workload(
                        generator.generateKeyPair(),
                        "acme/app",
                        "jbuild-registry",
                        1_000_000_000_000_000_000L);
        assertEquals(401, registry.get("/v2/", bearer(token)).status());
    }

    @Test
    void a_token_that_was_changed_is_refused() throws Exception {
        String token = token("scope=repository:team/app:pull", basic("alice"));
        String[] parts = token.split("\\.", -1);
        String claims = new String(Base64.getUrlDecoder().decode(parts[1]), UTF_8);
        String changed =
                parts[0]
                        + "."
                        + base64(claims.replace("\"sub\":\"alice\"", "\"sub\":\"root\""))
                        + "."
                        + parts[2];
        Wire.Reply reply = registry.get("/v2/", bearer(changed));
        assertEquals(401, reply.status());
        assertTrue(
                reply.headers()
                        .first("WWW-Authenticate")
                        .orElseThrow()
                        .contains("error=\"invalid_token\""));
        String header = new String(Base64.getUrlDecoder().decode(parts[0]), UTF_8);
        String unsigned = header.replace("\"EdDSA\"", "\"none\"");
        assertNotEquals(header, unsigned);
        String none = base64(unsigned) + "." + base64(claims) + ".";
        assertEquals(401, registry.get("/v2/", bearer(none)).status());
    }

    @Test
    void another_service_is_not_this_one() throws Exception {
        Wire.Reply reply = registry.get("/token?service=other", basic("alice"));
        assertEquals(400, reply.status());
        assertEquals("invalid_request", text(json(reply), "error"));
    }

    @Test
    void oauth_gives_a_refresh_token_that_stands_for_the_password() throws Exception {
        Json.Obj login =
                json(
                        form(
                                "grant_type=password&service=jbuild-registry&client_id=t&access_type=offline&username=alice&password=alice%27s+password&scope=repository:team/app:pull"));
        assertEquals("repository:team/app:pull", text(login, "scope"));
        String refresh = text(login, "refresh_token");
        Json.Obj again =
                json(
                        form(
                                "grant_type=refresh_token&service=jbuild-registry&client_id=t&scope=repository:team/app:push&refresh_token="
                                        + refresh));
        assertEquals("repository:team/app:push", text(again, "scope"));
        assertEquals(
                "invalid_grant",
                text(json(form("grant_type=refresh_token&refresh_token=jbr_none")), "error"));
        assertEquals("unsupported_grant_type", text(json(form("grant_type=x")), "error"));
    }

    @Test
    void guessing_is_slowed_down() throws Exception {
        for (int i = 0; i < 5; i++) {
            assertEquals(401, registry.get("/v2/", basic("alice", "guess" + i)).status());
        }
        Wire.Reply reply = registry.get("/v2/", basic("alice", "guess"));
        assertEquals(429, reply.status());
        assertEquals(Optional.of("1"), reply.headers().first("Retry-After"));
        assertTrue(reply.text().contains("TOOMANYREQUESTS"));
        assertFalse(reply.text().contains("guess"));
    }

    @Test
    void stale_password_tried_over_and_over_locks_out_nobody_else_at_the_same_address()
            throws Exception {
        int refused = 0;
        for (int i = 0; i < 120; i++) {
            int status = registry.get("/v2/", basic("alice", "stale")).status();
            refused += status == 429 ? 1 : 0;
        }
        assertTrue(refused > 100, refused + " were refused");
        assertEquals(200, registry.get("/v2/", basic("bob")).status());
    }

    @Test
    void a_mount_from_where_one_may_not_pull_is_an_upload() throws Exception {
        String digest = push("team/app", "alice");
        for (String mount :
                List.of(
                        "mount=" + digest + "&from=team/app",
                        "mount=" + digest,
                        "%6dount=" + digest + "&fr%6fm=team/app",
                        "digest-algorithm=sha512&mount=" + digest)) {
            Wire.Reply reply =
                    registry.send(
                            "POST",
                            "/v2/bob/app/blobs/uploads/?" + mount,
                            Registry.NOTHING,
                            basic("bob"));
            assertEquals(202, reply.status());
        }
        assertEquals(
                201,
                registry.send(
                                "POST",
                                "/v2/public/app/blobs/uploads/?mount=" + digest + "&from=team/app",
                                Registry.NOTHING,
                                basic("alice"))
                        .status());
    }

    @Test
    void every_location_of_an_upload_behind_a_login_can_be_gone_on_with() throws Exception {
        String[] alice = bearer(token("scope=repository:team/app:pull,push", basic("alice")));
        String at =
                registry.send("POST", "/v2/team/app/blobs/uploads/", Registry.NOTHING, alice)
                        .header("Location");
        Wire.Reply early = chunk(at, "world", "6-10", alice);
        assertEquals(416, early.status());
        Wire.Reply status = registry.get(early.header("Location"), alice);
        assertEquals(204, status.status());
        Wire.Reply first = chunk(status.header("Location"), "hello ", "0-5", alice);
        assertEquals(202, first.status());
        Wire.Reply last = chunk(first.header("Location"), "world", "6-10", alice);
        assertEquals("0-10", last.header("Range"));
        Digest digest = Digest.sha256("hello world".getBytes(UTF_8));
        String done = Registry.with(last.header("Location"), "digest=" + digest);
        Wire.Reply pushed = registry.send("PUT", done, Registry.NOTHING, alice);
        assertEquals(201, pushed.status());
        assertEquals("hello world", registry.get(pushed.header("Location"), alice).text());
    }

    private Wire.Reply chunk(String location, String text, String range, String[] login)
            throws Exception {
        return registry.send(
                "PATCH",
                location,
                text.getBytes(UTF_8),
                login[0],
                login[1],
                "Content-Range",
                range);
    }

    @Test
    void who_mounts_is_asked_for_a_token_of_both_repositories() throws Exception {
        String digest = push("team/app", "alice");
        String mount = "/v2/public/app/blobs/uploads/?mount=" + digest + "&from=team/app";
        String both = "scope=\"repository:public/app:pull,push repository:team/app:pull\"";
        Wire.Reply nobody = registry.send("POST", mount, Registry.NOTHING);
        assertEquals(401, nobody.status());
        assertTrue(nobody.header("WWW-Authenticate").endsWith("," + both));

        String one = token("scope=repository:public/app:pull,push", basic("alice"));
        Wire.Reply narrow = registry.send("POST", mount, Registry.NOTHING, bearer(one));
        assertEquals(401, narrow.status());
        assertTrue(
                narrow.header("WWW-Authenticate")
                        .endsWith("," + both + ",error=\"insufficient_scope\""));

        String two =
                token(
                        "scope=repository:public/app:pull,push%20repository:team/app:pull",
                        basic("alice"));
        assertEquals(201, registry.send("POST", mount, Registry.NOTHING, bearer(two)).status());
    }

    @Test
    void a_token_for_a_mount_from_where_one_may_not_pull_is_not_asked_for_again() throws Exception {
        String digest = push("team/app", "alice");
        String token =
                token(
                        "scope=repository:bob/app:pull,push%20repository:team/app:pull",
                        basic("bob"));
        for (String from : List.of("team/app", "team/none", "No:Name", "")) {
            String mount = "/v2/bob/app/blobs/uploads/?mount=" + digest + "&from=" + from;
            assertEquals(
                    202, registry.send("POST", mount, Registry.NOTHING, bearer(token)).status());
        }
    }

    @Test
    void the_catalog_shows_what_one_may_pull() throws Exception {
        push("public/app", "alice");
        push("team/app", "alice");
        push("bob/app", "bob");
        assertEquals("{\"repositories\":[\"public/app\"]}", catalog(""));
        assertEquals("{\"repositories\":[\"bob/app\",\"public/app\"]}", catalog("", basic("bob")));
        assertEquals(
                "{\"repositories\":[\"bob/app\",\"public/app\",\"team/app\"]}",
                catalog("", basic("root")));
        assertEquals("{\"repositories\":[\"public/app\"]}", catalog("?n=1", basic("alice")));
        assertEquals(
                "{\"repositories\":[\"team/app\"]}",
                catalog("?n=1&last=public/app", basic("alice")));
    }

    @Test
    void token_shows_the_catalog_only_if_it_was_asked_for_that() throws Exception {
        push("team/app", "alice");
        String pull = token("scope=repository:team/app:pull", basic("alice"));
        Wire.Reply refused = registry.get("/v2/_catalog", "Authorization", "Bearer " + pull);
        assertEquals(401, refused.status());
        String challenge = refused.header("WWW-Authenticate");
        assertTrue(challenge.contains("scope=\"registry:catalog:*\""), challenge);
        assertTrue(challenge.contains("error=\"insufficient_scope\""), challenge);
        String catalog = token("scope=registry:catalog:*", basic("alice"));
        assertEquals(
                "{\"repositories\":[\"team/app\"]}",
                catalog("", "Authorization", "Bearer " + catalog));
        assertEquals(
                "{\"repositories\":[]}",
                catalog("", "Authorization", "Bearer " + token("scope=registry:catalog:*")));
    }

    @Test
    void token_shows_no_figures() throws Exception {
        String scoped = token("scope=repository:team/app:pull", basic("root"));
        assertEquals(403, registry.get("/metrics", "Authorization", "Bearer " + scoped).status());
        assertEquals(200, registry.get("/metrics", basic("root")).status());
    }

    @Test
    void an_upload_is_its_starter_s_alone() throws Exception {
        Wire.Reply start =
                registry.send(
                        "POST", "/v2/public/app/blobs/uploads/", Registry.NOTHING, basic("alice"));
        String location = start.headers().first("Location").orElseThrow();
        assertEquals(204, registry.get(location, basic("alice")).status());
        assertEquals(404, registry.get(location, basic("root")).status());
        String bare = location.substring(0, location.indexOf('?'));
        assertEquals(404, registry.get(bare, basic("alice")).status());
    }

    @Test
    void a_changed_policy_counts_without_a_restart() throws Exception {
        push("team/app", "alice");
        assertEquals(403, registry.get("/v2/team/app/manifests/v1", basic("bob")).status());
        Files.writeString(policy, "rules: [{repositories: ['**'], allow: {bob: [pull]}}]");
        Files.setLastModifiedTime(policy, FileTime.fromMillis(1));
        Thread.sleep(1100);
        assertEquals(200, registry.get("/v2/team/app/manifests/v1", basic("bob")).status());
        assertEquals(403, registry.get("/v2/team/app/manifests/v1", basic("alice")).status());
    }

    @Test
    void a_broken_policy_keeps_the_server_from_starting_and_names_the_line() throws Exception {
        Files.writeString(policy, "rules:\n- repositories: [a]\n  permit: {}\n");
        registry.close();
        ServerStartException told =
                assertThrows(ServerStartException.class, () -> registry(access -> access));
        assertEquals(
                policy + ":3: unknown key 'permit'; known here: allow, repositories",
                told.getMessage());
        Files.writeString(policy, "");
        registry = registry(access -> access);
    }

    @Test
    void a_robot_s_key_is_a_password_within_its_limits() throws Exception {
        String key;
        try (Accounts accounts =
                new Accounts(directory.resolve("root/accounts.db"), InstantSource.system())) {
            key =
                    accounts.makeKey(
                            "robot:ci",
                            List.of(Limit.parse("public/**:pull,push")),
                            Optional.empty());
        }
        assertEquals(
                202,
                registry.send(
                                "POST",
                                "/v2/public/app/blobs/uploads/",
                                Registry.NOTHING,
                                basic("ci", key))
                        .status());
        assertEquals(403, registry.get("/v2/team/app/tags/list", basic("ci", key)).status());
        assertEquals(401, registry.get("/v2/", basic("alice", key)).status());
        String token =
                token(
                        "scope=repository:team/a:pull&scope=repository:public/b:pull",
                        basic("ci", key));
        assertEquals(404, registry.get("/v2/public/b/tags/list", bearer(token)).status());
        assertEquals(403, registry.get("/v2/team/a/tags/list", bearer(token)).status());
    }

    @Test
    void a_workload_s_token_counts_if_issuer_audience_and_claims_do() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair pair = generator.generateKeyPair();
        RSAPublicKey known = (RSAPublicKey) pair.getPublic();
        Files.writeString(
                keys,
                "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\""
                        + base64(known.getModulus().toByteArray())
                        + "\",\"e\":\"AQAB\"}]}");
        long soon = Instant.now().getEpochSecond() + 300;
        String good = workload(pair, "acme/app", "jbuild-registry", soon);
        assertEquals(
                202,
                registry.send("POST", "/v2/team/app/blobs/uploads/", Registry.NOTHING, bearer(good))
                        .status());
        assertEquals(200, registry.get("/v2/", basic("oidc", good)).status());
        Json.Obj exchanged =
                json(
                        form(
                                "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&scope=repository:team/app:pull&subject_token="
                                        + good));
        assertEquals("repository:team/app:pull", text(exchanged, "scope"));
        String[] bad = {
            workload(pair, "evil/app", "jbuild-registry", soon),
            workload(pair, "acme/app", "other", soon),
            workload(pair, "acme/app", "jbuild-registry", soon - 1000),
            workload(generator.generateKeyPair(), "acme/app", "jbuild-registry", soon)
        };
        for (String token : bad) {
            assertEquals(401, registry.get("/v2/", bearer(token)).status());
        }
    }

    @Test
    void who_asks_too_often_has_to_wait() throws Exception {
        registry.close();
        registry = registry(access -> access.withRequestsPerSecond(0.2));
        assertEquals(200, registry.get("/v2/", basic("alice")).status());
        assertEquals(200, registry.get("/v2/", basic("alice")).status());
        Wire.Reply reply = registry.get("/v2/", basic("alice"));
        assertEquals(429, reply.status());
        assertTrue(reply.headers().first("Retry-After").isPresent());
        assertEquals(200, registry.get("/v2/", basic("bob")).status());
    }

    @Test
    void answers_from_memory_count_as_requests_too() throws Exception {
        push("public/app", "alice");
        registry.close();
        registry = registry(access -> access.withRequestsPerSecond(0.5));
        for (int i = 0; i < 5; i++) {
            assertEquals(200, registry.get("/v2/public/app/manifests/v1").status());
        }
        Wire.Reply reply = registry.get("/v2/public/app/manifests/v1");
        assertEquals(429, reply.status());
        assertTrue(reply.headers().first("Retry-After").isPresent());
    }

    @Test
    void the_audit_log_says_who_changed_what_and_no_secret() throws Exception {
        registry.close();
        Path log = directory.resolve("audit.log");
        registry = registry(access -> access.withAudit(log, false));
        push("team/app", "alice");
        registry.get("/v2/", basic("alice", "guess"));
        registry.get("/v2/", basic("secret-as-a-name", "guess"));
        registry.get("/v2/team/app/manifests/v1", basic("bob"));
        String text = Files.readString(log);
        List<String> lines =
                text.lines().map(line -> line.replaceAll("\"time\":\"[^\"]*\",", "")).toList();
        assertTrue(
                lines.contains(
                        "{\"action\":\"push\",\"subject\":\"team/app:v1\",\"principal\":\"alice\",\"address\":\"127.0.0.1\",\"status\":201}"),
                text);
        assertTrue(
                lines.contains(
                        "{\"action\":\"login\",\"subject\":\"\",\"principal\":\"anonymous\",\"address\":\"127.0.0.1\",\"status\":401,\"tried\":\"alice\"}"),
                text);
        assertTrue(
                lines.contains(
                        "{\"action\":\"login\",\"subject\":\"\",\"principal\":\"anonymous\",\"address\":\"127.0.0.1\",\"status\":401}"),
                text);
        assertTrue(
                lines.contains(
                        "{\"action\":\"pull\",\"subject\":\"team/app:v1\",\"principal\":\"bob\",\"address\":\"127.0.0.1\",\"status\":403}"),
                text);
        assertFalse(
                text.contains("guess")
                        || text.contains("as-a-name")
                        || text.contains("password")
                        || text.contains("owner="));
    }

    @Test
    void the_keys_can_only_be_read() throws Exception {
        Wire.Reply reply =
                registry.send("DELETE", "/.well-known/jwks.json", Registry.NOTHING, basic("alice"));
        assertEquals(405, reply.status());
        assertEquals("GET, HEAD", reply.header("Allow"));
    }

    @Test
    void others_can_verify_the_tokens() throws Exception {
        Json.Obj set = json(registry.get("/.well-known/jwks.json"));
        Json.Obj key =
                set.get("keys").orElseThrow() instanceof Json.Arr(var items) && items.size() == 1
                        ? (Json.Obj) items.getFirst()
                        : Json.object().build();
        String[] parts = token("scope=repository:team/app:pull", basic("alice")).split("\\.", -1);
        Json.Obj header = (Json.Obj) Json.parse(Base64.getUrlDecoder().decode(parts[0]));
        assertEquals(text(key, "kid"), text(header, "kid"));
        byte[] raw = Base64.getUrlDecoder().decode(text(key, "x"));
        byte[] spki = HexFormat.of().parseHex("302a300506032b6570032100" + hex(raw)); // RFC 8410
        Signature signature = Signature.getInstance("Ed25519");
        signature.initVerify(
                KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(spki)));
        signature.update((parts[0] + "." + parts[1]).getBytes(UTF_8));
        assertTrue(signature.verify(Base64.getUrlDecoder().decode(parts[2])));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private Registry registry(UnaryOperator<AccessConfig> change) throws Exception {
        Path root = directory.resolve("root");
        AccessConfig access = change.apply(AccessConfig.of(root).withPolicy(policy));
        return new Registry(root, config -> config.withAccess(Optional.of(access)));
    }

    /// Pushes an image without layers.
    ///
    /// @return the digest of its config
    private String push(String repository, String user) throws Exception {
        byte[] config = "{}".getBytes(UTF_8);
        String digest = dev.jbuild.oci.Digest.sha256(config).toString();
        String[] headers = basic(user);
        Wire.Reply blob =
                registry.send(
                        "POST",
                        "/v2/" + repository + "/blobs/uploads/?digest=" + digest,
                        config,
                        headers[0],
                        headers[1],
                        "Content-Type",
                        "application/octet-stream");
        assertEquals(201, blob.status(), blob.text());
        String manifest =
                "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\""
                        + digest
                        + "\",\"size\":2},\"layers\":[]}";
        Wire.Reply reply =
                registry.send(
                        "PUT",
                        "/v2/" + repository + "/manifests/v1",
                        manifest.getBytes(UTF_8),
                        headers[0],
                        headers[1],
                        "Content-Type",
                        "application/vnd.oci.image.manifest.v1+json");
        assertEquals(201, reply.status(), reply.text());
        return digest;
    }

    private String catalog(String query, String... headers) throws Exception {
        return registry.get("/v2/_catalog" + query, headers).text();
    }

    private String token(String query, String... headers) throws Exception {
        return text(
                json(registry.get("/token?service=jbuild-registry&" + query, headers)), "token");
    }

    private Wire.Reply form(String form) throws Exception {
        return registry.send(
                "POST",
                "/token",
                form.getBytes(UTF_8),
                "Content-Type",
                "application/x-www-form-urlencoded");
    }

    private static String workload(KeyPair pair, String repository, String audience, long expires)
            throws Exception {
        String signed =
                base64("{\"alg\":\"RS256\",\"kid\":\"k\"}")
                        + "."
                        + base64(
                                "{\"iss\":\"https://ci.example\",\"sub\":\"x\",\"aud\":[\""
                                        + audience
                                        + "\"],\"repository\":\""
                                        + repository
                                        + "\",\"exp\":"
                                        + expires
                                        + "}");
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(pair.getPrivate());
        signature.update(signed.getBytes(UTF_8));
        return signed + "." + base64(signature.sign());
    }

    private static Json.Obj json(Wire.Reply reply) throws Exception {
        return (Json.Obj) Json.parse(reply.text().getBytes(UTF_8));
    }

    private static String text(Json.Obj object, String name) {
        return ((Json.Str) object.get(name).orElseThrow()).value();
    }

    private static String base64(String text) {
        return base64(text.getBytes(UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String[] basic(String user) {
        return basic(user, user + "'s password");
    }

    private static String[] basic(String user, String password) {
        return new String[] {
            "Authorization",
            "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8))
        };
    }

    private static String[] bearer(String token) {
        return new String[] {"Authorization", "Bearer " + token};
    }
}
