package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.random;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `registry scrub` and `registry backup`, beside a server.
class ScrubIT {
    private static final byte[] NOTHING = {};

    @TempDir Path directory;

    @Test
    void damaged_content_is_put_aside_and_comes_back_with_the_next_push() throws Exception {
        byte[] blob = random(1000);
        byte[] good = random(1000);
        Digest digest = Digest.sha256(blob);
        try (Registry registry = new Registry(directory)) {
            registry.pushBlob("app", blob);
            registry.pushBlob("app", good);
            Path file = directory.resolve("blobs/sha256").resolve(digest.hex());
            byte[] rotten = blob.clone();
            rotten[500] ^= 1;
            Files.write(file, rotten);

            RegistryCommandIT.Result result = RegistryCommandIT.run(directory, "scrub");
            assertEquals(1, result.code(), result.errors());
            assertTrue(result.out().contains("damaged: " + digest), result.out());
            assertTrue(result.out().contains("2 files read"), result.out());
            assertFalse(Files.exists(file));
            Path aside = directory.resolve("quarantine/damaged-sha256-" + digest.hex());
            assertTrue(Files.exists(aside));
            assertEquals(404, registry.head("/v2/app/blobs/" + digest).status());
            assertEquals(404, registry.get("/v2/app/blobs/" + digest).status());

            registry.pushBlob("other", blob);
            registry.assertBlob("app", digest, blob);
            assertEquals(0, RegistryCommandIT.run(directory, "scrub").code());
        }
    }

    @Test
    void missing_content_and_files_that_nobody_knows_are_told() throws Exception {
        byte[] blob = random(1000);
        Digest digest = Digest.sha256(blob);
        Digest stray = Digest.sha256(random(10));
        try (Registry registry = new Registry(directory)) {
            registry.pushBlob("app", blob);
            Files.delete(directory.resolve("blobs/sha256").resolve(digest.hex()));
            Files.write(directory.resolve("blobs/sha256").resolve(stray.hex()), blob);
            String out = RegistryCommandIT.run(directory, "scrub").out();
            assertTrue(out.contains("missing: " + digest), out);
            assertTrue(out.contains("not in the index: " + stray), out);
            registry.server.upkeep();
            assertFalse(Files.exists(directory.resolve("blobs/sha256").resolve(stray.hex())));
        }
    }

    @Test
    void backup_of_a_running_server_can_be_served_and_is_brought_up_to_date() throws Exception {
        Path root = directory.resolve("root");
        Path copy = directory.resolve("copy");
        byte[] manifest;
        try (Registry registry = new Registry(root)) {
            manifest = registry.pushImage("app", "v1");
            RegistryCommandIT.Result first = RegistryCommandIT.run(root, "backup", copy.toString());
            assertEquals(0, first.code(), first.errors());
            assertTrue(first.out().startsWith("3 files copied"), first.out());
            registry.pushImage("app", "v2");
            String second = RegistryCommandIT.run(root, "backup", copy.toString()).out();
            assertTrue(second.startsWith("2 files copied"), second);
        }
        try (Registry restored = new Registry(copy)) {
            Wire.Reply reply = restored.get("/v2/app/manifests/v1");
            assertEquals(Digest.sha256(manifest), Digest.sha256(reply.body()));
            for (var blob : GarbageTest.blobsOf(manifest)) {
                assertEquals(200, restored.get("/v2/app/blobs/" + blob.digest()).status());
            }
            assertEquals(200, restored.send("HEAD", "/v2/app/manifests/v2", NOTHING).status());
        }
    }
}
