package dev.jbuild.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Platform;
import dev.jbuild.registry.server.RegistryServer;
import dev.jbuild.registry.server.ServerConfig;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.TarWriter;
import dev.jbuild.store.layout.RootfsImport;
import dev.jbuild.store.layout.Store;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `save`, `load`, `pull` and `push` of an image for one platform and of one for two.
class SaveLoadTest {
    @TempDir Path directory;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Descriptor app;
    private Descriptor other;
    private Encoded<ImageIndex> index;

    @BeforeEach
    void fill() throws IOException {
        try (Store store = Store.open(directory.resolve("one"))) {
            app = image(store, "app:v1", 1).withPlatform(Platform.of("linux", "amd64"));
            other = image(store, "other:v1", 2).withPlatform(Platform.of("linux", "s390x"));
            index = OciJson.encode(ImageIndex.of(List.of(app, other)));
            store.blobs().write(index.bytes());
            store.images().put(ImageReference.parse("multi:v1"), index.descriptor());
        }
    }

    @Test
    void place_that_ends_with_a_slash_is_a_directory() throws IOException {
        assertEquals(0, run("one", "save", "-o", directory + "/layout/", "app:v1"), text(err));
        assertTrue(Files.isRegularFile(directory.resolve("layout/index.json")));
        assertEquals(0, run("two", "load", "-i", directory + "/layout"), text(err));
        assertEquals("loaded app:v1\n", text(out));
        assertEquals(app.digest(), digest("two", "app:v1"));
    }

    @Test
    void directory_can_be_asked_for() {
        String layout = directory + "/layout";
        assertEquals(
                0, run("one", "save", "--format", "oci-dir", "-o", layout, "app:v1"), text(err));
        // which is there now
        assertEquals(0, run("one", "save", "-o", layout, "multi:v1"), text(err));
        assertEquals(0, run("two", "load", "-i", layout), text(err));
        assertEquals("loaded app:v1\nloaded multi:v1\n", text(out));
    }

    @Test
    void dash_is_standard_output() throws IOException {
        assertEquals(0, run("one", "save", "-o", "-", "app:v1"), text(err));
        Path file = Files.write(directory.resolve("a.tar"), out.toByteArray());
        out.reset();
        assertEquals(0, run("two", "load", "-i", file.toString()), text(err));
        assertEquals("loaded app:v1\n", text(out));
    }

    @Test
    void image_is_loaded_under_the_name_that_is_given() throws IOException {
        String file = directory + "/a.tar";
        assertEquals(0, run("one", "save", "-o", file, "app:v1"), text(err));
        assertEquals(0, run("two", "load", "-t", "site:v7", "-i", file), text(err));
        assertEquals("loaded site:v7\n", text(out));
        assertEquals(app.digest(), digest("two", "site:v7"));
    }

    @Test
    void unknown_format_is_wrong_usage() {
        assertEquals(2, run("one", "save", "--format", "zip", "-o", directory + "/a", "app:v1"));
        assertEquals("jbuild: --format zip: it is oci, oci-dir or docker\n", text(err));
    }

    @Test
    void unknown_platform_is_wrong_usage() {
        assertEquals(
                2, run("one", "save", "--platform", "amd64", "-o", directory + "/a", "app:v1"));
        assertEquals(
                "jbuild: --platform: invalid platform 'amd64': an example is linux/arm64/v8\n",
                text(err));
    }

    @Test
    void index_goes_through_a_registry_and_an_archive_with_all_its_bytes() throws Exception {
        try (RegistryServer registry =
                RegistryServer.start(
                        new ServerConfig(
                                directory.resolve("registry"),
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))) {
            String remote = "127.0.0.1:" + registry.address().getPort() + "/multi:v1";
            assertEquals(0, run("one", "push", "multi:v1", remote), text(err));
            assertEquals(0, run("two", "pull", remote, "--platform", "linux/s390x"), text(err));
            assertEquals(1, run("two", "save", "-o", directory + "/a.tar", remote));
            assertTrue(
                    text(err).contains("of which those for linux/amd64 are not in the store"),
                    text(err));
            assertEquals(
                    0,
                    run(
                            "two",
                            "save",
                            "--platform",
                            "linux/s390x",
                            "-o",
                            directory + "/one.tar",
                            remote),
                    text(err));
            assertEquals(0, run("two", "pull", remote, "--all-platforms"), text(err));
            assertEquals(0, run("two", "save", "-o", directory + "/a.tar", remote), text(err));
        }
        assertEquals(0, run("three", "load", "-i", directory + "/a.tar", "-t", "m"), text(err));
        assertEquals(index.descriptor().digest(), digest("three", "m"));
        assertEquals(0, run("four", "load", "-i", directory + "/one.tar", "-t", "m"), text(err));
        assertEquals(other.digest(), digest("four", "m"));
    }

    private static Descriptor image(Store store, String name, int byteOfContent)
            throws IOException {
        byte[] tar = new byte[10240]; // the end mark alone: an empty root
        return RootfsImport.into(store)
                .run(
                        new ByteArrayInputStream(byteOfContent == 1 ? tar : file()),
                        "rootfs.tar",
                        ImageReference.parse(name))
                .descriptor();
    }

    private static byte[] file() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        var tar = new TarWriter(bytes);
        tar.add(new TarEntry.Directory(EntryPath.of("d"), new Metadata(0755, 0, 0, Instant.EPOCH)));
        tar.finish();
        return bytes.toByteArray();
    }

    private Digest digest(String store, String name) throws IOException {
        try (Store opened = Store.open(directory.resolve(store))) {
            return opened.images().find(ImageReference.parse(name)).orElseThrow().digest();
        }
    }

    private int run(String store, String... args) {
        List<String> all = new ArrayList<>(List.of("--root", directory.resolve(store).toString()));
        all.addAll(List.of(args));
        Console console =
                new Console(
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8),
                        Map.of("HOME", directory.toString()),
                        false);
        return Main.run(all, console);
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(UTF_8);
    }
}
