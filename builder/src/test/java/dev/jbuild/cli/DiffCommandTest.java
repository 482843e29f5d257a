package dev.jbuild.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `jbuild diff` and `jbuild verify --rebuild`, as far as they need no mounts.
class DiffCommandTest {
    @TempDir Path directory;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void the_same_image_has_the_same_digest() throws Exception {
        importImage("a:1", Map.of("f", "1"));
        importImage("a:2", Map.of("f", "1"));
        assertEquals(0, run("diff", "a:1", "a:2"), err());
        assertTrue(out().matches("same digest: sha256:[0-9a-f]{64}\n"), out());
    }

    @Test
    void a_file_that_differs_is_named_with_its_bytes() throws Exception {
        importImage("a:1", Map.of("dir\nname", "one"));
        importImage("a:2", Map.of("dir\nname", "ode"));
        assertEquals(1, run("diff", "a:1", "a:2"), err());
        assertTrue(
                out().contains("\n  dir\\nname: content: byte 1 differs of 3: \"ne\" / \"de\"\n"),
                out());
    }

    @Test
    void files_beyond_the_limit_are_counted_and_shown_on_demand() throws Exception {
        Map<String, String> many = new TreeMap<>();
        for (int i = 0; i < 25; i++) {
            many.put("f" + i, "1");
        }
        importImage("a:1", many);
        importImage("a:2", Map.of("g", ""));
        assertEquals(1, run("diff", "a:1", "a:2"), err());
        assertTrue(out().endsWith("  and 6 more files that differ (--all shows them)\n"), out());
        out.reset();
        assertEquals(1, run("diff", "--all", "a:1", "a:2"), err());
        assertTrue(out().endsWith("  g: only in the second: a file\n"), out());
    }

    @Test
    void json_is_one_document() throws Exception {
        importImage("a:1", Map.of("f", "1"));
        importImage("a:2", Map.of("f", "2"));
        assertEquals(1, run("diff", "--format", "json", "a:1", "a:2"), err());
        JsonMembers document = JsonMembers.parse("diff", out.toByteArray());
        assertEquals(false, document.flag("same"));
        JsonMembers layer = document.objects("differences").getLast();
        assertEquals("layer", layer.requiredText("kind"));
        assertEquals(0, layer.requiredNumber("layer"));
        JsonMembers change = layer.objects("files").getFirst().objects("changes").getFirst();
        assertEquals(
                Json.parse(
                        """
                        {"from":0,"to":1,"count":1,"firstSize":1,"secondSize":1,"first":"MQ==","second":"Mg=="}\
                        """
                                .getBytes(UTF_8)),
                change.requiredObject("bytes").object());
    }

    @Test
    void an_image_that_is_not_there_is_named() throws Exception {
        importImage("a:1", Map.of());
        assertEquals(2, run("diff", "a:1", "b:1"));
        assertTrue(err().contains("no image 'b:1' in the store"), err());
    }

    @Test
    void a_rebuild_of_the_same_inputs_gives_the_same_digest_and_leaves_nothing() throws Exception {
        importImage("base:1", Map.of("f", "1"));
        Files.writeString(directory.resolve("Dockerfile"), "FROM base:1\nARG V=1\nENV A=$V\n");
        run("--build-arg", "V=2", "-t", "app:v1", directory.toString());
        out.reset();
        assertEquals(
                0,
                run("verify", "--rebuild", "--build-arg", "V=2", "app:v1", directory.toString()),
                err());
        assertTrue(out().startsWith("same digest: sha256:"), out());
        out.reset();
        run("images", "-q");
        assertEquals("app:v1\nbase:1\n", out());
        try (var left = Files.list(directory.resolve("store/tmp"))) {
            assertEquals(List.of("lock"), left.map(f -> f.getFileName().toString()).toList());
        }
    }

    @Test
    void a_rebuild_from_other_inputs_names_the_difference() throws Exception {
        Files.writeString(directory.resolve("Dockerfile"), "FROM scratch\nARG V=1\nENV A=$V\n");
        run("--build-arg", "V=2", "-t", "app:v1", directory.toString());
        out.reset();
        assertEquals(1, run("verify", "--rebuild", "app:v1", directory.toString()), err());
        assertTrue(out().contains("\nconfig: config.Env.A: \"2\" / \"1\"\n"), out());
    }

    @Test
    void a_rebuild_and_a_verification_of_signatures_do_not_mix() {
        assertEquals(2, run("verify", "--rebuild", "--key", "k", "app:v1", "."));
        assertEquals(2, run("verify", "--key", "k", "app:v1", "."));
        assertEquals(2, run("verify", "--key", "k", "--target", "t", "app:v1"));
        assertEquals(2, run("verify", "--rebuild", "app:v1"));
        assertEquals(2, run("verify", "app:v1"));
        assertEquals(
                """
                jbuild: --key is for signatures, and --rebuild builds again: run verify once for each
                jbuild: '.': a build context is for building again: add --rebuild, or leave it out
                jbuild: --target is for building again: add --rebuild, or leave it out
                jbuild: --rebuild needs the build context too, as in jbuild verify --rebuild app:v1 .
                jbuild: how to verify? --key PUB verifies the signatures; --rebuild builds the image again
                """,
                err());
    }

    private void importImage(String name, Map<String, String> files) throws IOException {
        Path tar = directory.resolve("rootfs.tar");
        Metadata metadata = new Metadata(0644, 0, 0, Instant.ofEpochSecond(1));
        try (var file = Files.newOutputStream(tar)) {
            TarWriter writer = new TarWriter(file);
            for (Map.Entry<String, String> entry : new TreeMap<>(files).entrySet()) {
                byte[] content = entry.getValue().getBytes(UTF_8);
                writer.add(
                        new TarEntry.RegularFile(
                                EntryPath.of(entry.getKey()), metadata, content.length),
                        new ByteArrayInputStream(content));
            }
            writer.finish();
        }
        assertEquals(0, run("import", tar.toString(), name), err());
        out.reset();
    }

    private int run(String... args) {
        Console console =
                new Console(
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8),
                        Map.of("JBUILD_ROOT", directory.resolve("store").toString()),
                        false);
        return Main.run(List.of(args), console);
    }

    private String out() {
        return out.toString(UTF_8);
    }

    private String err() {
        return err.toString(UTF_8);
    }
}
