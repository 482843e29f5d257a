package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.access.Accounts;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A client that knows the protocol and means no good, against a server with users: some thousand
/// requests put together from parts that are almost right. Whatever comes, it is answered with
/// something below 500, nothing of another user's or of the server's inside is told, and nothing
/// stays behind.
class HostileClientTest {
    private static final int REQUESTS = 4000;
    private static final String SECRET = "the-secret-of-alice";
    private static final String POLICY =
            """
            rules:
              - repositories: ["alice/**"]
                allow: {alice: [pull, push, delete]}
              - repositories: ["public/**"]
                allow: {anyone: [pull], mallory: [pull, push, delete]}
            """;

    @TempDir Path directory;
    private Path root;
    private Registry registry;
    private Digest secretBlob;
    private Digest secretManifest;
    private byte[] manifest;
    private String aliceUpload;

    @BeforeEach
    void start() throws Exception {
        root = Files.createDirectory(directory.resolve("inside"));
        Path policy = Files.writeString(directory.resolve("policy"), POLICY);
        try (Accounts accounts =
                new Accounts(root.resolve("accounts.db"), InstantSource.system())) {
            accounts.setUser("alice", "alice's password");
            accounts.setUser("mallory", "mallory's password");
        }
        registry =
                new Registry(
                        root,
                        config ->
                                config.withAccess(
                                        Optional.of(AccessConfig.of(root).withPolicy(policy))));
        String[] alice = {"Authorization", as("alice")};
        byte[] blob = SECRET.getBytes(StandardCharsets.UTF_8);
        secretBlob = Digest.sha256(blob);
        assertEquals(
                201,
                registry.send(
                                "POST",
                                "/v2/alice/app/blobs/uploads/?digest=" + secretBlob,
                                blob,
                                with(alice, Registry.OCTETS))
                        .status());
        manifest =
                ("{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
                                + "\"config\":{\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"digest\":\""
                                + secretBlob
                                + "\",\"size\":"
                                + blob.length
                                + "},\"layers\":[],\"annotations\":{\"note\":\""
                                + SECRET
                                + "\"}}")
                        .getBytes(StandardCharsets.UTF_8);
        secretManifest = Digest.sha256(manifest);
        assertEquals(
                201,
                registry.send(
                                "PUT",
                                "/v2/alice/app/manifests/v1",
                                manifest,
                                with(alice, "Content-Type", MediaType.OCI_MANIFEST.value()))
                        .status());
        Wire.Reply upload =
                registry.send("POST", "/v2/alice/app/blobs/uploads/", Registry.NOTHING, alice);
        assertEquals(202, upload.status());
        aliceUpload = upload.header("Location");
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    @Test
    void nothing_hostile_is_a_fault_of_the_server_or_gets_at_another_user_s() throws Exception {
        Requests requests = new Requests(20_261_122);
        List<String> wrong = new ArrayList<>();
        int answered = 0;
        for (int i = 0; i < REQUESTS; i++) {
            Request request = requests.next();
            try (Wire wire = registry.connect()) {
                wire.raw(request.bytes());
                Wire.Reply reply = wire.reply(request.method());
                answered++;
                complaint(request, reply).ifPresent(wrong::add);
            } catch (EOFException | SocketException _) {
                // what can't be told from a broken connection may be closed as one
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(answered > REQUESTS * 9 / 10, "answered only " + answered);
        assertUnharmed();
    }

    @Test
    void hostile_requests_leave_nothing_behind() throws Exception {
        Requests requests = new Requests(7);
        attack(requests, 300); // so that caches and pools are there
        long files = openFiles();
        long threads = count(Path.of("/proc/self/task"));
        long kept = filesIn(root.resolve("blobs"));
        attack(requests, 1500);
        awaitAtMost(files + 10, HostileClientTest::openFiles, "open files");
        awaitAtMost(threads + 10, () -> count(Path.of("/proc/self/task")), "threads");
        assertTrue(
                filesIn(root.resolve("blobs")) <= kept + Requests.CONTENTS,
                "more content than was sent");
        assertUnharmed();
    }

    private void attack(Requests requests, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            Request request = requests.next();
            try (Wire wire = registry.connect()) {
                wire.raw(request.bytes());
                wire.reply(request.method());
            } catch (EOFException | SocketException _) {
                // see above
            }
        }
    }

    private void assertUnharmed() throws IOException {
        String[] alice = {"Authorization", as("alice")};
        Wire.Reply reply = registry.get("/v2/alice/app/manifests/v1", alice);
        assertEquals(200, reply.status());
        assertArrayEquals(manifest, reply.body());
        assertEquals(SECRET, registry.get("/v2/alice/app/blobs/" + secretBlob, alice).text());
        assertEquals(204, registry.get(aliceUpload, alice).status());
        assertEquals(
                "{\"name\":\"alice/app\",\"tags\":[\"v1\"]}",
                registry.get("/v2/alice/app/tags/list", alice).text().strip());
    }

    private Optional<String> complaint(Request request, Wire.Reply reply) {
        String text = reply.text();
        String whole = reply.headers() + "\n" + text;
        String told = request + "\n -> " + reply.status() + " " + whole;
        if (reply.status() >= 500) {
            return Optional.of("a fault: " + told);
        }
        if (whole.contains(SECRET)) {
            return Optional.of("the secret: " + told);
        }
        if (Stream.of("" + directory, "Exception", "java.", ".db", "at dev.jbuild")
                .anyMatch(inside -> whole.contains(inside) && !request.bytes().contains(inside))) {
            return Optional.of("its inside: " + told);
        }
        boolean error = reply.status() >= 400 && !request.method().equals("HEAD");
        if (error && !text.contains("\"errors\":[{\"code\":\"") && !text.contains("\"error\":\"")) {
            return Optional.of("an error without a code: " + told);
        }
        boolean alices = request.bytes().startsWith(request.method() + " /v2/alice/app/");
        if (alices && reply.status() < 400 && reply.status() != 304) {
            return Optional.of("let in: " + told);
        }
        return Optional.empty();
    }

    /// @param bytes one a character
    private record Request(String method, String bytes) {
        @Override
        public String toString() {
            return bytes.length() > 2000 ? bytes.substring(0, 2000) + "…" : bytes;
        }
    }

    /// A seed, so that a failure can be had again.
    private final class Requests {
        /// Different contents that are sent.
        static final int CONTENTS = 40;

        private final Random random;

        Requests(long seed) {
            random = new Random(seed);
        }

        private String one(String... choices) {
            return choices[random.nextInt(choices.length)];
        }

        Request next() {
            String method =
                    one("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "GET", "GET", "OPTIONS");
            String target = path() + query();
            StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
            head.append("Host: registry.test\r\n");
            for (int i = random.nextInt(4); i > 0; i--) {
                head.append(header()).append("\r\n");
            }
            head.append(who());
            String body = method.equals("GET") || method.equals("HEAD") ? "" : body();
            if (random.nextInt(4) == 0) {
                head.append("Transfer-Encoding: chunked\r\n\r\n");
                if (!body.isEmpty()) {
                    head.append(Integer.toHexString(body.length()))
                            .append(one("", ";a=b", ";" + "x".repeat(100)))
                            .append("\r\n")
                            .append(body)
                            .append("\r\n");
                }
                head.append("0\r\n").append(one("", "X-Trailer: 1\r\n")).append("\r\n");
            } else {
                head.append("Content-Length: ").append(body.length()).append("\r\n\r\n");
                head.append(body);
            }
            return new Request(method, head.toString());
        }

        private String path() {
            String repository =
                    one(
                            "alice/app",
                            "alice/app",
                            "public/x",
                            "public/x",
                            "alice%2fapp",
                            "public/../alice/app",
                            "public/%2e%2e/alice/app",
                            "ALICE/app",
                            "alice//app",
                            "public/x/../../alice/app",
                            "alice/app%00",
                            "a".repeat(300),
                            "alice/app/",
                            "%61lice/app",
                            "public\\..\\alice\\app",
                            "alice/app;x=1");
            String digest =
                    one(
                            secretBlob.toString(),
                            secretManifest.toString(),
                            secretBlob.toString().toUpperCase(java.util.Locale.ROOT),
                            "sha256:" + "0".repeat(64),
                            "sha256:",
                            "sha512:" + secretBlob.hex(),
                            "sha256:" + secretBlob.hex() + "0",
                            "sha256%3A" + secretBlob.hex(),
                            "sha256:../../../" + secretBlob.hex(),
                            "md5:" + "0".repeat(32),
                            "sha256:" + "\u00e9".repeat(64),
                            ":",
                            "sha256:%00");
            return switch (random.nextInt(14)) {
                case 0, 1 ->
                        "/v2/"
                                + repository
                                + "/manifests/"
                                + one(digest, "v1", "V1", "-x", "%2e%2e", "v".repeat(200));
                case 2, 3 -> "/v2/" + repository + "/blobs/" + digest;
                case 4, 5 -> "/v2/" + repository + "/blobs/uploads/";
                case 6, 7 -> "/v2/" + repository + "/blobs/uploads/" + upload();
                case 8 -> "/v2/" + repository + "/tags/list";
                case 9 -> "/v2/" + repository + "/referrers/" + digest;
                case 10 -> one("/v2/_catalog", "/v2/", "/v2", "//v2/", "/v2/alice/app", "/V2/");
                case 11 ->
                        one(
                                "/token",
                                "/.well-known/jwks.json",
                                "/metrics",
                                "/healthz",
                                "/token/../metrics",
                                "/%6detrics");
                case 12 ->
                        one(
                                "/",
                                "/../../etc/passwd",
                                "/%2e%2e/%2e%2e/etc/passwd",
                                "/accounts.db",
                                "*",
                                "http://evil.test/v2/alice/app/tags/list");
                default ->
                        aliceUpload.substring(0, aliceUpload.lastIndexOf('?'))
                                + one("", "/", "/..", "%00");
            };
        }

        private String upload() {
            String own = aliceUpload.substring(aliceUpload.lastIndexOf('/') + 1);
            return one(
                    own,
                    own.substring(0, own.indexOf('?')),
                    "..%2f..%2faccounts.db",
                    "%00",
                    "00000000-0000-0000-0000-000000000000",
                    "x".repeat(500),
                    "put-" + own);
        }

        private String query() {
            return one(
                    "",
                    "",
                    "",
                    "?digest=" + secretBlob,
                    "?digest=" + secretBlob + "&digest=sha256:0",
                    "?mount=" + secretBlob + "&from=alice/app",
                    "?mount=" + secretBlob,
                    "?from=alice/app&mo%75nt=" + secretBlob,
                    "?n=-1",
                    "?n=99999999999999999999",
                    "?n=0",
                    "?n=1e9",
                    "?last=%ff",
                    "?last=" + "z".repeat(3000),
                    "?n=1&n=2",
                    "?owner=0",
                    "?tag=a&tag=b&tag=" + "c".repeat(200),
                    "?%",
                    "?digest",
                    "?=&&=",
                    "?artifactType=" + "%20".repeat(500),
                    "?digest-algorithm=md5",
                    "?service=x&scope=repository:alice/app:pull",
                    "?scope=repository:alice/app:*&account=alice",
                    "?scope=" + "repository:a:pull%20".repeat(300),
                    "?client_id=%00&offline_token=true");
        }

        private String header() {
            return one(
                    "Range: bytes=0-0",
                    "Range: bytes=" + "0-0,".repeat(500) + "1-1",
                    "Range: bytes=99999999999999999999-",
                    "Range: bytes=5-1",
                    "Range: lines=1-2",
                    "Content-Range: 0-9223372036854775807",
                    "Content-Range: 10-5",
                    "Content-Range: bytes 0-4/5",
                    "Content-Type: application/vnd.oci.image.manifest.v1+json",
                    "Content-Type: application/vnd.oci.image.index.v1+json; charset=\"",
                    "Content-Type: text/html",
                    "Accept: " + "a/b,".repeat(800),
                    "Accept: */*;q=nan",
                    "If-None-Match: *",
                    "If-None-Match: \"" + secretManifest + "\"",
                    "If-Match: \"x\"",
                    "X-Forwarded-For: 127.0.0.1",
                    "X-Forwarded-Proto: https",
                    "Forwarded: for=127.0.0.1;proto=https",
                    "X-Original-URL: /v2/alice/app/tags/list",
                    "X-HTTP-Method-Override: GET",
                    "Expect: 200-maybe",
                    "Content-Encoding: gzip",
                    "Upgrade: h2c",
                    "Connection: Authorization, close",
                    "X-Request-Id: " + "\"<script>".repeat(50),
                    "OCI-Subject: " + secretManifest,
                    "Docker-Content-Digest: " + secretBlob,
                    "Cookie: a=b");
        }

        private String who() {
            return one(
                    "",
                    "Authorization: " + as("mallory") + "\r\n",
                    "Authorization: " + as("mallory") + "\r\n",
                    "Authorization: " + as("mallory") + "\r\n",
                    "Authorization: Bearer \r\n",
                    "Authorization: Bearer a.b.c\r\n",
                    "Authorization: Basic =\r\n",
                    "Authorization: Bearer " + none() + "\r\n",
                    "Authorization: Basic " + base64(":") + "\r\n",
                    "Authorization: "
                            + as("mallory")
                            + "\r\nAuthorization: "
                            + as("mallory")
                            + "\r\n",
                    "Authorization: Bearer " + "e30.".repeat(2000) + "\r\n");
        }

        /// What says to be from alice, signed by nobody.
        private String none() {
            return base64url("{\"alg\":\"none\",\"typ\":\"JWT\"}")
                    + "."
                    + base64url(
                            "{\"sub\":\"alice\",\"aud\":\"jbuild-registry\",\"iss\":\"jbuild-registry\",\"exp\":99999999999}")
                    + ".";
        }

        private String body() {
            return switch (random.nextInt(8)) {
                case 0 -> "";
                case 1 -> "content " + random.nextInt(CONTENTS);
                case 2 -> "[".repeat(50_000);
                case 3 -> "{\"schemaVersion\":" + "9".repeat(20_000) + "}";
                case 4 -> "{\"a\":".repeat(2000) + "1" + "}".repeat(2000);
                case 5 -> new String(manifest, StandardCharsets.ISO_8859_1);
                case 6 ->
                        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":["
                                + ("{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\""
                                                + secretManifest
                                                + "\",\"size\":-1},")
                                        .repeat(200)
                                + "{}]}";
                default ->
                        "grant_type=refresh_token&refresh_token="
                                + "x".repeat(random.nextInt(5000))
                                + "&service=x";
            };
        }
    }

    private static String as(String user) {
        return "Basic " + base64(user + ":" + user + "'s password");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64url(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String[] with(String[] headers, String... more) {
        return Stream.concat(Stream.of(headers), Stream.of(more)).toArray(String[]::new);
    }

    private interface Count {
        long now() throws IOException;
    }

    /// Connections end a moment after they were closed.
    private static void awaitAtMost(long most, Count count, String what) throws Exception {
        for (int tries = 0; tries < 100 && count.now() > most; tries++) {
            Thread.sleep(100);
        }
        long now = count.now();
        assertFalse(now > most, () -> now + " " + what + ", " + most + " at most were expected");
    }

    private static long openFiles() throws IOException {
        return count(Path.of("/proc/self/fd"));
    }

    private static long count(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.count();
        }
    }

    private static long filesIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).count();
        }
    }
}
