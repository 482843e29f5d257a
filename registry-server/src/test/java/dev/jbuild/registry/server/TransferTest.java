package dev.jbuild.registry.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.storage.Announcer;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.Page;
import dev.jbuild.registry.server.storage.Reference;
import dev.jbuild.registry.server.storage.RepositoryRules;
import dev.jbuild.registry.server.transfer.Importer;
import dev.jbuild.registry.server.transfer.TransferException;
import dev.jbuild.registry.server.upkeep.Stop;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Repositories that leave a registry as an OCI image layout, and layouts that come into one.
class TransferTest {
    private static final String MANIFEST = MediaType.OCI_MANIFEST.value();

    @TempDir Path directory;

    private final List<String> told = new ArrayList<>();

    @Test
    void what_was_exported_is_the_same_in_an_empty_registry() throws Exception {
        fill();
        for (String output : List.of("layout", "layout.tar")) {
            Path root = directory.resolve("root of " + output);
            assertEquals(0, export(output), told.toString());
            assertEquals(0, run(root, "import", path(output)), told.toString());
            assertEquals(dump(root()), dump(root));
            assertEquals(0, run(root, "scrub"), told.toString());
            try (Registry registry = new Registry(root)) {
                assertEquals(200, registry.get("/v2/team/app/manifests/multi").status());
                registry.pushImage("team/app", "later");
            }
            ReindexTest.loseIndex(root);
            assertEquals(0, ReindexTest.reindex(root, told), told.toString());
        }
    }

    @Test
    void server_that_runs_exports_and_imports() throws Exception {
        fill();
        try (Registry _ = new Registry(root());
                Registry other = new Registry(directory.resolve("other"))) {
            assertEquals(0, export("layout", "--repository", "team/**"), told.toString());
            assertEquals(
                    0, run(directory.resolve("other"), "import", path("layout")), told.toString());
            assertEquals(200, other.get("/v2/team/app/manifests/v1").status());
            assertEquals(404, other.get("/v2/long/manifests/v1").status());
        }
    }

    @Test
    void layout_is_for_its_owner_alone_and_names_images_as_others_do() throws Exception {
        fill();
        export("layout", "--repository=team/app");
        assertEquals(
                PosixFilePermissions.fromString("rwx------"),
                Files.getPosixFilePermissions(Path.of(path("layout"))));
        assertEquals(
                "{\"imageLayoutVersion\":\"1.0.0\"}",
                Files.readString(Path.of(path("layout/oci-layout"))));
        String index = Files.readString(Path.of(path("layout/index.json")));
        assertTrue(index.contains("\"org.opencontainers.image.ref.name\":\"team/app:v1\""), index);
        assertTrue(index.contains("\"dev.jbuild.registry.repository\":\"team/app\""), index);
        assertTrue(!index.contains("\"long:"), index);
    }

    @Test
    void second_import_brings_nothing_new() throws Exception {
        fill();
        export("layout");
        String before = dump(root());
        assertEquals(0, run(root(), "import", path("layout")));
        assertTrue(told.getLast().contains("of which 0 were not here"), told.toString());
        assertEquals(before, dump(root()));
    }

    @Test
    void directory_that_is_in_use_is_left_alone_and_an_export_that_was_killed_goes_on()
            throws Exception {
        fill();
        Files.createDirectory(directory.resolve("full"));
        Files.writeString(directory.resolve("full/letter"), "dear");
        assertThrows(TransferException.class, () -> export("full"));
        export("layout");
        assertThrows(TransferException.class, () -> export("layout"));
        Files.delete(directory.resolve("layout/index.json"));
        assertEquals(0, export("layout"));
        assertEquals(0, run(directory.resolve("copy"), "import", path("layout")));
        assertEquals(dump(root()), dump(directory.resolve("copy")));
    }

    @Test
    void image_with_a_damaged_layer_is_left_out_with_the_index_that_lists_it() throws Exception {
        DataSet data = fill();
        Digest layer = GarbageTest.blobsOf(data.manifests.getFirst().bytes()).getLast().digest();
        Files.write(root().resolve("blobs/sha256").resolve(layer.hex()), new byte[300]);
        assertEquals(1, export("layout"));
        Digest image = data.manifests.getFirst().digest();
        assertTrue(
                told.contains(
                        "left out: team/app@" + image + ": " + layer + " is damaged or missing"),
                told.toString());
        assertTrue(
                told.stream().anyMatch(line -> line.endsWith(image + " is damaged or missing")),
                told.toString());
        assertEquals(0, run(directory.resolve("rest"), "import", path("layout")), "" + told);
    }

    /// A sparse repository takes the manifest before the blob that it is wrong about.
    @Test
    void manifest_that_gives_a_wrong_size_is_left_out_and_the_rest_can_be_imported()
            throws Exception {
        fill();
        byte[] manifest;
        byte[] wrong;
        try (Registry registry = new Registry(root(), config -> config.withSparse(_ -> true))) {
            manifest = registry.image("elsewhere");
            wrong =
                    new String(manifest, UTF_8)
                            .replace("\"size\":512", "\"size\":5")
                            .getBytes(UTF_8);
            assertEquals(201, registry.putManifest("sparse", "v1", MANIFEST, wrong).status());
            for (Descriptor blob : GarbageTest.blobsOf(manifest)) {
                String mount = "/v2/sparse/blobs/uploads/?from=elsewhere&mount=" + blob.digest();
                assertEquals(201, registry.send("POST", mount, Registry.NOTHING).status());
            }
            assertEquals(201, registry.putManifest("sparse", "v2", MANIFEST, manifest).status());
        }
        assertEquals(1, export("layout"), told.toString());
        Digest layer = GarbageTest.blobsOf(manifest).getLast().digest();
        assertTrue(
                told.contains(
                        "left out: sparse@"
                                + Digest.sha256(wrong)
                                + " says that "
                                + layer
                                + " has 5 bytes, but it has 512"),
                told.toString());
        Path rest = directory.resolve("rest");
        assertEquals(0, run(rest, "import", path("layout")), "" + told);
    }

    @Test
    void import_brings_back_what_is_damaged_here() throws Exception {
        DataSet data = fill();
        export("layout");
        Digest layer = GarbageTest.blobsOf(data.manifests.getFirst().bytes()).getLast().digest();
        Path file = root().resolve("blobs/sha256").resolve(layer.hex());
        byte[] right = Files.readAllBytes(file);
        Files.write(file, new byte[right.length]);
        assertEquals(0, run(root(), "import", path("layout")), "" + told);
        assertTrue(told.getLast().contains("of which 1 were not here"), told.toString());
        assertArrayEquals(right, Files.readAllBytes(file));
    }

    @Test
    void layout_of_another_tool_goes_into_one_repository() throws Exception {
        fill();
        export("layout", "--repository=long");
        Path index = directory.resolve("layout/index.json");
        Files.writeString(
                index,
                Files.readString(index)
                        .replace("\"long:v1\"", "\"example.org/team/app:v7\"")
                        .replace("\"long:v2\"", "\"v8\""));
        assertRefused("layout", "says no repository in its name 'v8'; say --into=REPOSITORY");
        Path root = directory.resolve("plain");
        assertEquals(0, run(root, "import", path("layout"), "--into", "mine"), "" + told);
        try (Registry registry = new Registry(root)) {
            assertEquals(
                    "{\"name\":\"mine\",\"tags\":[\"v7\",\"v8\"]}",
                    registry.get("/v2/mine/tags/list").text());
        }
    }

    @Test
    void two_images_for_one_tag_are_refused() throws Exception {
        fill();
        export("layout");
        assertThrows(
                TransferException.class,
                () -> run(directory.resolve("x"), "import", path("layout"), "--into=one"));
    }

    @Test
    void blob_of_the_wrong_digest_is_refused() throws Exception {
        DataSet data = fill();
        export("layout");
        Digest layer = GarbageTest.blobsOf(data.manifests.getFirst().bytes()).getLast().digest();
        Files.write(directory.resolve("layout/blobs/sha256").resolve(layer.hex()), new byte[300]);
        assertRefused("layout", layer.hex() + "' is damaged: it hashes to sha256:");
    }

    @Test
    void blob_of_the_wrong_size_is_refused() throws Exception {
        DataSet data = fill();
        export("layout");
        Digest layer = GarbageTest.blobsOf(data.manifests.getFirst().bytes()).getLast().digest();
        Files.write(directory.resolve("layout/blobs/sha256").resolve(layer.hex()), new byte[301]);
        assertRefused("layout", "has 301 bytes where 300 are promised");
    }

    @Test
    void missing_blob_is_refused() throws Exception {
        DataSet data = fill();
        export("layout");
        Digest layer = GarbageTest.blobsOf(data.manifests.getFirst().bytes()).getLast().digest();
        Files.delete(directory.resolve("layout/blobs/sha256").resolve(layer.hex()));
        assertRefused("layout", "'team/app' would lack what manifest");
    }

    @Test
    void digest_that_is_a_path_is_refused() throws Exception {
        writeLayout(
                "{\"mediaType\":\"" + MANIFEST + "\",\"digest\":\"sha256:../../x\",\"size\":1}");
        assertRefused("layout", "invalid digest");
    }

    @Test
    void values_that_make_no_sense_are_refused() throws Exception {
        String digest = Digest.sha256(new byte[0]).toString();
        String entry =
                "{\"mediaType\":\"" + MANIFEST + "\",\"digest\":\"" + digest + "\",\"size\":";
        writeLayout(entry + "-1}");
        assertRefused("layout", "");
        writeLayout(entry + "1e99}");
        assertRefused("layout", "");
        String name = ",\"annotations\":{\"org.opencontainers.image.ref.name\":";
        writeLayout(entry + "0" + name + "\"../../x:v1\"}}");
        assertRefused("layout", "entry 1 of 'index.json': ");
        writeLayout(entry + "0" + name + "\"app:v1\"}}", new byte[0]);
        assertRefused("layout", "");
        Files.writeString(directory.resolve("layout/oci-layout"), "{}");
        assertRefused("layout", "imageLayoutVersion");
    }

    @Test
    void link_in_a_layout_is_not_followed() throws Exception {
        fill();
        export("layout");
        Path index = directory.resolve("layout/index.json");
        Files.move(index, directory.resolve("elsewhere"));
        Files.createSymbolicLink(index, directory.resolve("elsewhere"));
        assertRefused("layout", "'index.json' is no regular file");
    }

    @Test
    void index_larger_than_the_limit_is_refused() throws Exception {
        writeLayout(" ".repeat((16 << 20) + 1));
        assertRefused("layout", "'index.json' is larger than 16777216 bytes");
    }

    @Test
    void manifest_larger_than_the_limit_is_refused() throws Exception {
        byte[] large = new byte[(4 << 20) + 1];
        writeLayout(named(Descriptor.of(MediaType.OCI_MANIFEST, large)), large);
        assertRefused("layout", "is larger than 4194304 bytes");
    }

    @Test
    void manifest_listed_as_something_else_is_refused() throws Exception {
        byte[] index = DataSet.index().build().encode();
        writeLayout(named(Descriptor.of(MediaType.OCI_MANIFEST, index)), index);
        assertRefused("layout", "manifest");
    }

    @Test
    void indexes_in_indexes_are_imported_however_deep() throws Exception {
        List<byte[]> blobs = new ArrayList<>();
        byte[] index = DataSet.index().build().encode();
        for (int i = 0; i < 3000; i++) {
            blobs.add(index);
            Descriptor child = Descriptor.of(MediaType.OCI_INDEX, index);
            index =
                    Json.object()
                            .put("schemaVersion", 2)
                            .put("mediaType", MediaType.OCI_INDEX.value())
                            .put("manifests", Json.array(List.of(OciJson.toJson(child))))
                            .build()
                            .encode();
        }
        blobs.add(index);
        writeLayout(named(Descriptor.of(MediaType.OCI_INDEX, index)), blobs.toArray(byte[][]::new));
        Path root = directory.resolve("deep");
        assertEquals(0, run(root, "import", path("layout")), told.toString());
        assertTrue(told.getLast().contains("3001 manifests, 1 tags"), told.toString());
    }

    @Test
    void tar_with_a_way_out_a_second_name_or_no_end_is_refused() throws Exception {
        fill();
        export("layout.tar");
        byte[] tar = Files.readAllBytes(directory.resolve("layout.tar"));
        Files.write(
                directory.resolve("cut.tar"),
                java.util.Arrays.copyOf(tar, tar.length / 1024 * 512));
        assertRefused("cut.tar", "");
        writeTar("out.tar", "../oci-layout");
        assertRefused("out.tar", "..");
        writeTar("twice.tar", "oci-layout", "./oci-layout");
        assertRefused("twice.tar", "'oci-layout' stands in the tar twice");
        Files.writeString(directory.resolve("text.tar"), "no tar at all\n".repeat(100));
        assertRefused("text.tar", "a plain tar");
    }

    @Test
    void rule_that_one_repository_would_break_keeps_all_of_them_out() throws Exception {
        fill();
        export("layout");
        RepositoryRules rules =
                new RepositoryRules(
                        (_, _) -> false,
                        OptionalLong.empty(),
                        name ->
                                name.value().equals("team/app")
                                        ? OptionalLong.of(10)
                                        : OptionalLong.empty());
        Path empty = directory.resolve("empty");
        Root root = Root.open(empty, rules, Announcer.NONE);
        try {
            Importer importer = new Importer(root.metadata(), root.content(), _ -> false);
            String message =
                    String.valueOf(
                            assertThrows(
                                            TransferException.class,
                                            () ->
                                                    importer.run(
                                                            Path.of(path("layout")),
                                                            Optional.empty(),
                                                            new Stop()))
                                    .getMessage());
            assertTrue(message.contains("the quota of repository 'team/app'"), message);
            assertEquals(List.of(), root.metadata().repositories().repositories(new Page(10, "")));
        } finally {
            root.close(TransferTest::fail);
        }
        assertNothingIn(empty);
    }

    /// Everything that a registry can have: tags, several on one; an index with its images; images
    /// without tags; referrers with and without tags; sha512; a layer that others have.
    private DataSet fill() throws Exception {
        DataSet data = new DataSet("team/app");
        DataSet.Item one = data.image("v1", "v1.0");
        DataSet.Item two = data.image();
        data.add(DataSet.index(one, two), List.of("multi"));
        data.referrer(one, "application/x.signature", "a", List.of());
        data.referrer(two, "application/x.sbom", "b", List.of("sbom"));
        data.image();
        DataSet other = new DataSet("long", DigestAlgorithm.SHA512);
        other.image("v1");
        other.image("v2");
        try (Registry registry = new Registry(root())) {
            for (DataSet set : List.of(data, other)) {
                for (byte[] blob : set.blobs.values()) {
                    registry.pushBlob(set.name, blob, set.algorithm);
                }
                for (DataSet.Item item : set.manifests) {
                    push(registry, set.name, item);
                }
            }
        }
        return data;
    }

    private static void push(Registry registry, String repository, DataSet.Item item)
            throws IOException {
        List<String> references = new ArrayList<>(List.of(item.digest().toString()));
        references.addAll(item.tags().stream().filter(_ -> isSha256(item)).toList());
        for (String reference : references) {
            String target = reference;
            if (!isSha256(item)) {
                target += "?tag=" + item.tags().getFirst();
            }
            Wire.Reply reply =
                    registry.putManifest(repository, target, item.mediaType(), item.bytes());
            assertEquals(201, reply.status(), reply.text());
        }
    }

    private static boolean isSha256(DataSet.Item item) {
        return item.digest().algorithm() == DigestAlgorithm.SHA256;
    }

    /// All that there is, as a text.
    private String dump(Path directory) throws Exception {
        Root root = Root.open(directory);
        Map<String, String> lines = new TreeMap<>();
        try {
            Metadata metadata = root.metadata();
            for (String name : metadata.repositories().repositories(new Page(100, ""))) {
                RepositoryName repository = new RepositoryName(name);
                for (String tag :
                        metadata.manifests()
                                .tags(repository, new Page(100, ""))
                                .orElse(List.of())) {
                    lines.put(
                            name + ":" + tag,
                            ""
                                    + metadata.manifests()
                                            .find(repository, new Reference.ByTag(new Tag(tag)))
                                            .orElseThrow()
                                            .digest());
                }
                for (var manifest : metadata.manifests().manifests(repository, new Page(100, ""))) {
                    String key = name + "@" + manifest.digest();
                    lines.put(
                            key,
                            manifest.mediaType()
                                    + " "
                                    + manifest.size()
                                    + " "
                                    + manifest.looseSinceMillis().isPresent()
                                    + " "
                                    + Digest.sha256(root.content().read(manifest.digest()))
                                    + " referred to by "
                                    + metadata.manifests()
                                            .referrers(
                                                    repository,
                                                    manifest.digest(),
                                                    Optional.empty(),
                                                    new Page(100, "")));
                }
                for (var content : metadata.contents().contents(0, 100)) {
                    metadata.repositories()
                            .findBlob(repository, content.digest())
                            .ifPresent(
                                    blob ->
                                            lines.put(
                                                    name + " has " + content.digest(),
                                                    blob.size()
                                                            + " "
                                                            + blob.idleSinceMillis().isPresent()));
                }
            }
        } finally {
            root.close(TransferTest::fail);
        }
        assertTrue(lines.size() > 10, lines.toString());
        return String.join("\n", lines.entrySet().stream().map(String::valueOf).toList());
    }

    private void assertRefused(String layout, String why) throws Exception {
        Path empty = directory.resolve("empty");
        String message =
                String.valueOf(
                        assertThrows(
                                        TransferException.class,
                                        () -> run(empty, "import", path(layout)))
                                .getMessage());
        assertTrue(message.startsWith("'" + path(layout) + "': "), message);
        assertTrue(message.contains(why), message);
        assertNothingIn(empty);
    }

    /// But perhaps content that no index knows, which the next collection removes.
    private void assertNothingIn(Path root) throws Exception {
        try (var files = Files.list(root.resolve("uploads"))) {
            assertEquals(List.of(), files.toList());
        }
        try (Registry registry = new Registry(root)) {
            assertEquals(0, registry.totals().manifests());
            assertEquals(0, registry.totals().blobs());
            assertEquals("{\"repositories\":[]}", registry.get("/v2/_catalog").text());
        }
    }

    private static String named(Descriptor descriptor) {
        Json json =
                OciJson.toJson(
                        descriptor.withAnnotations(
                                Map.of("org.opencontainers.image.ref.name", "app:v1")));
        return new String(json.encode(), UTF_8);
    }

    private void writeLayout(String entry, byte[]... blobs) throws IOException {
        Path layout = directory.resolve("layout");
        Files.createDirectories(layout.resolve("blobs/sha256"));
        Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        Files.writeString(
                layout.resolve("index.json"),
                "{\"schemaVersion\":2,\"manifests\":[" + entry + "]}");
        for (byte[] blob : blobs) {
            Files.write(layout.resolve("blobs/sha256").resolve(Digest.sha256(blob).hex()), blob);
        }
    }

    /// By hand, for our own writer writes no such thing.
    private void writeTar(String file, String... names) throws IOException {
        byte[] content = "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(UTF_8);
        try (OutputStream out = Files.newOutputStream(directory.resolve(file))) {
            for (String name : names) {
                ByteArrayOutputStream header = new ByteArrayOutputStream();
                header.writeBytes(padded(name, 100));
                header.writeBytes("0000644\0000000000\0000000000\000".getBytes(UTF_8));
                header.writeBytes("%011o\000".formatted(content.length).getBytes(UTF_8));
                header.writeBytes("00000000000\000        0".getBytes(UTF_8));
                header.writeBytes(new byte[100]);
                header.writeBytes("ustar\00000".getBytes(UTF_8));
                byte[] block = java.util.Arrays.copyOf(header.toByteArray(), 512);
                int sum = 0;
                for (byte b : block) {
                    sum += b & 0xff;
                }
                System.arraycopy("%06o\000 ".formatted(sum).getBytes(UTF_8), 0, block, 148, 8);
                out.write(block);
                out.write(java.util.Arrays.copyOf(content, 512));
            }
            out.write(new byte[1024]);
        }
    }

    private static byte[] padded(String text, int length) {
        return java.util.Arrays.copyOf(text.getBytes(UTF_8), length);
    }

    private static void fail(Exception failure) {
        throw new AssertionError(failure);
    }

    private int export(String output, String... more) throws Exception {
        List<String> words = new ArrayList<>(List.of("export", "--output", path(output)));
        words.addAll(List.of(more));
        return run(root(), words.toArray(String[]::new));
    }

    private int run(Path root, String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--root", root.toString()));
        return RegistryCommand.run((RegistryArguments.Run) RegistryArguments.parse(all), told::add);
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private Path root() {
        return directory.resolve("root");
    }
}
