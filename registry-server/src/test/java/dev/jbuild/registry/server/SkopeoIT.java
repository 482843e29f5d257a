package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jbuild.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The registry as skopeo, somebody else's client, sees it.
class SkopeoIT {
    @TempDir Path directory;

    @Test
    void image_goes_in_and_out_unchanged() throws Exception {
        assumeTrue(exists("skopeo"), "skopeo is not installed (apt-get install skopeo)");
        try (Registry registry = new Registry(directory.resolve("root"))) {
            byte[] manifest = registry.pushImage("source", "v1");
            String host = "docker://127.0.0.1:" + registry.server.address().getPort();
            Path layout = directory.resolve("layout");

            run(
                    "skopeo",
                    "copy",
                    "--src-tls-verify=false",
                    host + "/source:v1",
                    "oci:" + layout + ":v1");
            run(
                    "skopeo",
                    "copy",
                    "--dest-tls-verify=false",
                    "oci:" + layout + ":v1",
                    host + "/team/copy:v2");
            run(
                    "skopeo",
                    "copy",
                    "--src-tls-verify=false",
                    "--dest-tls-verify=false",
                    host + "/team/copy:v2",
                    host + "/team/other:v3");
            assertEquals(
                    new String(manifest, StandardCharsets.UTF_8),
                    registry.get("/v2/team/other/manifests/v3").text());

            String docker = host + "/team/docker:v1";
            run(
                    "skopeo",
                    "copy",
                    "--format",
                    "v2s2",
                    "--src-tls-verify=false",
                    "--dest-tls-verify=false",
                    host + "/source:v1",
                    docker);
            String inspected = run("skopeo", "inspect", "--tls-verify=false", docker);
            assertTrue(inspected.contains("\"Architecture\": \"amd64\""), inspected);

            String tags = run("skopeo", "list-tags", "--tls-verify=false", host + "/team/copy");
            assertTrue(tags.contains("\"v2\""), tags);
            run("skopeo", "delete", "--tls-verify=false", host + "/team/copy:v2");
            assertEquals(
                    404,
                    registry.get("/v2/team/copy/manifests/" + Digest.sha256(manifest)).status());
        }
    }

    private static boolean exists(String program) throws Exception {
        return new ProcessBuilder("sh", "-c", "command -v " + program)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    private static String run(String... command) throws Exception {
        List<String> words = new ArrayList<>(List.of(command));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }
}
