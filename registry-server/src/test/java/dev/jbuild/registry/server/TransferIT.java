package dev.jbuild.registry.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Layouts that skopeo, somebody else's program, reads and writes.
class TransferIT {
    @TempDir Path directory;

    @Test
    void skopeo_reads_what_was_exported_and_what_it_writes_is_imported() throws Exception {
        Programs.require("skopeo");
        Path root = directory.resolve("root");
        byte[] manifest;
        try (Registry registry = new Registry(root)) {
            manifest = registry.pushImage("team/app", "v1");
            registry.pushImage("team/app", "v2");
        }
        for (String kind : new String[] {"oci:layout", "oci-archive:layout.tar"}) {
            String[] parts = kind.split(":", 2);
            Path layout = directory.resolve(parts[1]);
            String source = parts[0] + ":" + layout + ":team/app:v1";
            RegistryCommandIT.Result exported =
                    RegistryCommandIT.run(root, "export", "--output", layout.toString());
            assertEquals(0, exported.code(), exported.out() + exported.errors());
            assertEquals(
                    new String(manifest, UTF_8),
                    Programs.succeeds("skopeo", "inspect", "--raw", source));
            Path copy = directory.resolve("copy-of-" + parts[0]);
            Programs.succeeds(
                    "skopeo", "copy", "--preserve-digests", source, "oci:" + copy + ":v7");
            Path fresh = directory.resolve("root-of-" + parts[0]);
            RegistryCommandIT.Result imported =
                    RegistryCommandIT.run(fresh, "import", copy.toString(), "--into", "mine");
            assertEquals(0, imported.code(), imported.out() + imported.errors());
            assertTrue(imported.out().contains("1 manifests, 1 tags, 3 files"), imported.out());
            assertTrue(Files.exists(fresh.resolve("metadata.db")));
            try (Registry registry = new Registry(fresh)) {
                assertEquals(
                        new String(manifest, UTF_8), registry.get("/v2/mine/manifests/v7").text());
            }
        }
    }
}
