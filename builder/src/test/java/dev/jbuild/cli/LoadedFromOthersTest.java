package dev.jbuild.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.StoredImage;
import dev.jbuild.store.layer.LayerReader;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layout.Store;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Archives that other tools wrote of an image with one file, `/f` with `hello`: docker 20.10, Jib
/// 0.27, podman 4.3 in both forms, umoci 0.4. What each says of itself stays: the digests of the
/// configuration and of its layer's tar, and that of the manifest where there is one.
class LoadedFromOthersTest {
    @TempDir Path directory;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @ParameterizedTest
    @CsvSource({
        "made-by-docker.tar, made-by-docker:v1, , 40583fc502abd161a51e57b90eb1dc39f9ddd94d4a8790a2acae2a15d6089547, 44ac7e77073143afa82cf85b4fd518c9f977ea1ff7dde7569be67fcc59ee3f67",
        "made-by-jib.tar, made-by-jib:v1, , 194250b23c25b8fd863fde468f0d80130de7a5677f21a296368f483a6b327d8f, 6afe6ff5766de0dffd0917a722343c687845b214676b5481ecde335c39fc96b2",
        "made-by-podman-docker.tar, localhost/made-by-podman:v1, , 7a9888b9672c93576374d27904160dde601cdeeb453af7c7f22e3ac47e968183, 71640993c7d8b3acec79200134358919b4286dfaf601acb89f7047c93d2be1d9",
        "made-by-podman-oci.tar, localhost/made-by-podman:v1, 818bbd722bb77f3d6794d1a296a5565f6cf9d37e28e893c5e94f77ab8cea6eae, 7a9888b9672c93576374d27904160dde601cdeeb453af7c7f22e3ac47e968183, 71640993c7d8b3acec79200134358919b4286dfaf601acb89f7047c93d2be1d9",
        "made-by-umoci.tar, v1:latest, f2d5a2fa7118da5ed611ddc50ce109d2fa0bbd686e1e3dfaf2384f8040983470, 9dff075d6fafc57b33842abec1a91d26e015880f18bd58f3980473ef5798698d, 4bc526764eb7703065c82c99f4717369448052a1bad690cb6a4ef95e17c1ea37",
    })
    void archive_of_another_tool_keeps_its_digests(
            String archive, String name, @Nullable String manifest, String config, String diffId)
            throws Exception {
        Path file = directory.resolve("archive.tar");
        try (InputStream in = getClass().getResourceAsStream(archive)) {
            assertNotNull(in, archive);
            Files.copy(in, file);
        }
        assertEquals(0, run("load", "-i", file.toString()), err.toString(UTF_8));
        assertEquals("loaded " + name + "\n", out.toString(UTF_8));
        assertEquals(0, run("fsck"), out.toString(UTF_8) + err.toString(UTF_8));
        try (Store store = Store.open(directory.resolve("store"))) {
            StoredImage image =
                    store.images()
                            .resolve(ImageReference.parse(name), Platform.of("linux", "amd64"))
                            .orElseThrow();
            if (manifest != null) {
                assertEquals(manifest, image.manifest().descriptor().digest().hex());
            }
            assertEquals(config, image.manifest().value().config().digest().hex());
            DiffId layer = image.config().diffIds().getFirst();
            assertEquals(diffId, layer.digest().hex());
            assertEquals("hello\n", content("f", store, image, layer));
        }
    }

    private static String content(String path, Store store, StoredImage image, DiffId diffId)
            throws IOException {
        Descriptor layer = image.manifest().value().layers().getFirst();
        try (LayerReader entries = LayerReader.open(store.blobs(), layer, diffId)) {
            Optional<TarEntry> next = entries.next();
            while (next.isPresent() && !next.get().path().toString().equals(path)) {
                next = entries.next();
            }
            return new String(entries.content().readAllBytes(), UTF_8);
        }
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
}
