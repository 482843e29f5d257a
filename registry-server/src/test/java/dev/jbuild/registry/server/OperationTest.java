package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.access.Accounts;
import dev.jbuild.registry.server.access.Limit;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OperationTest {
    @TempDir Path directory;

    @Test
    void a_server_lives_and_is_ready() throws Exception {
        try (Registry registry = new Registry(directory)) {
            assertEquals("ok\n", registry.get("/healthz").text());
            assertEquals("ok\n", registry.get("/readyz").text());
            assertEquals(405, registry.send("POST", "/readyz", Registry.NOTHING).status());
        }
    }

    @Test
    void content_is_for_the_servers_user_alone_in_a_root_that_others_may_look_into()
            throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (Registry registry = new Registry(directory)) {
            registry.pushImage("app", "v1");
            for (String name :
                    new String[] {
                        "blobs", "blobs/sha256", "blobs/sha512", "uploads", "quarantine"
                    }) {
                assertEquals(
                        PosixFilePermissions.fromString("rwx------"),
                        Files.getPosixFilePermissions(directory.resolve(name)),
                        name);
            }
        }
    }

    @Test
    void figures_count_requests_and_contents() throws Exception {
        try (Registry registry = new Registry(directory)) {
            registry.pushImage("app", "v1");
            registry.get("/v2/app/manifests/v1");
            registry.get("/v2/app/manifests/v1");
            registry.get("/v2/app/manifests/none");
            Wire.Reply reply = registry.get("/metrics");
            assertEquals("text/plain; version=0.0.4; charset=utf-8", reply.header("Content-Type"));
            for (String line :
                    new String[] {
                        "jbuild_registry_requests_total{endpoint=\"manifests\",method=\"GET\",status=\"200\"} 2.0",
                        "jbuild_registry_requests_total{endpoint=\"manifests\",method=\"GET\",status=\"404\"} 1.0",
                        "jbuild_registry_requests_total{endpoint=\"manifests\",method=\"PUT\",status=\"201\"} 1.0",
                        "jbuild_registry_tags 1.0",
                        "jbuild_registry_blobs 3.0",
                        "jbuild_registry_failures_total 0.0"
                    }) {
                assertTrue(reply.text().contains(line + "\n"), line + "\n" + reply.text());
            }
        }
    }

    @Test
    void where_access_is_controlled_the_figures_are_for_admins_and_health_for_all()
            throws Exception {
        Path policy = Files.writeString(directory.resolve("policy"), "admins: [root]");
        Path root = directory.resolve("root");
        Files.createDirectory(root);
        String key;
        String limited;
        try (Accounts accounts =
                new Accounts(AccessConfig.of(root).accounts(), InstantSource.system())) {
            key = accounts.makeKey("root", List.of(), Optional.empty());
            limited = accounts.makeKey("root", List.of(Limit.parse("**:pull")), Optional.empty());
        }
        try (Registry registry =
                new Registry(
                        root,
                        config ->
                                config.withAccess(
                                        Optional.of(AccessConfig.of(root).withPolicy(policy))))) {
            assertEquals(200, registry.get("/healthz").status());
            assertEquals(200, registry.get("/readyz").status());
            assertEquals(401, registry.get("/metrics").status());
            assertEquals(200, registry.get("/metrics", "Authorization", "Bearer " + key).status());
            assertEquals(
                    403, registry.get("/metrics", "Authorization", "Bearer " + limited).status());
        }
    }
}
