package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is answered from memory is never older than what was acknowledged.
class FreshnessTest {
    private static final String TYPE = MediaType.OCI_MANIFEST.value();

    @TempDir Path directory;
    private Registry registry;

    @BeforeEach
    void start() throws Exception {
        registry = new Registry(directory);
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    @Test
    void a_tag_that_was_moved_is_the_new_manifest_at_once() throws Exception {
        byte[] one = registry.pushImage("app", "v1");
        byte[] two = registry.pushImage("app", "v2");
        for (int i = 0; i < 20; i++) {
            byte[] next = i % 2 == 0 ? two : one;
            assertEquals(201, registry.putManifest("app", "v1", TYPE, next).status());
            assertArrayEquals(next, registry.get("/v2/app/manifests/v1").body());
            assertArrayEquals(next, registry.get("/v2/app/manifests/v1").body());
            assertEquals(
                    Digest.sha256(next).toString(),
                    registry.head("/v2/app/manifests/v1").header("Docker-Content-Digest"));
        }
    }

    @Test
    void what_was_deleted_is_gone_at_once() throws Exception {
        byte[] manifest = registry.pushImage("app", "v1");
        String target = "/v2/app/manifests/" + Digest.sha256(manifest);
        for (int i = 0; i < 3; i++) {
            assertEquals(200, registry.get(target).status());
        }
        assertEquals(202, registry.delete(target).status());
        assertEquals(404, registry.get(target).status());
        assertEquals(404, registry.head("/v2/app/manifests/v1").status());
        Digest blob = registry.pushBlob("app", Registry.random(100));
        for (int i = 0; i < 3; i++) {
            assertEquals(200, registry.head("/v2/app/blobs/" + blob).status());
        }
        registry.cleanBlob("app", blob);
    }

    @Test
    void readers_never_see_an_older_tag_than_its_writer_was_told_of() throws Exception {
        byte[][] images = new byte[8][];
        for (int i = 0; i < images.length; i++) {
            images[i] = registry.pushImage("app", "image" + i);
        }
        AtomicReference<String> acknowledged =
                new AtomicReference<>(Digest.sha256(images[0]).toString());
        assertEquals(201, registry.putManifest("app", "now", TYPE, images[0]).status());
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger read = new AtomicInteger();
        AtomicReference<@Nullable String> wrong = new AtomicReference<>();
        Thread reader =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try (Wire wire = registry.connect()) {
                                        while (!done.get() && wrong.get() == null) {
                                            String before =
                                                    Objects.requireNonNull(acknowledged.get());
                                            String seen =
                                                    wire.send(
                                                                    "HEAD",
                                                                    "/v2/app/manifests/now",
                                                                    Registry.NOTHING)
                                                            .header("Docker-Content-Digest");
                                            read.incrementAndGet();
                                            String after =
                                                    Objects.requireNonNull(acknowledged.get());
                                            // one may be on its way that is not acknowledged yet
                                            if (before.equals(after)
                                                    && !seen.equals(after)
                                                    && !seen.equals(next(images, after))) {
                                                wrong.set(seen + " instead of " + after);
                                            }
                                        }
                                    } catch (Exception e) {
                                        wrong.set(e.toString());
                                    }
                                });
        for (int i = 1; i < 60 || (read.get() < 10 && wrong.get() == null); i++) {
            byte[] image = images[i % images.length];
            assertEquals(201, registry.putManifest("app", "now", TYPE, image).status());
            acknowledged.set(Digest.sha256(image).toString());
        }
        done.set(true);
        reader.join();
        assertTrue(wrong.get() == null, wrong.get());
    }

    @Test
    void what_is_remembered_for_one_client_is_not_told_to_one_who_asks_otherwise()
            throws Exception {
        byte[] manifest = registry.pushImage("app", "v1");
        String target = "/v2/app/manifests/v1";
        String tag = "\"" + Digest.sha256(manifest) + "\"";
        for (int i = 0; i < 3; i++) {
            assertArrayEquals(manifest, registry.get(target, "Accept", TYPE).body());
            assertEquals(404, registry.get(target, "Accept", "text/plain").status());
            assertEquals(304, registry.get(target, "If-None-Match", tag).status());
            assertEquals(304, registry.get(target, "if-none-match", tag).status());
            assertArrayEquals(manifest, registry.get(target, "If-None-Match", "\"x\"").body());
            Wire.Reply head = registry.head(target, "Accept", TYPE);
            assertEquals(0, head.body().length);
            assertEquals(Integer.toString(manifest.length), head.header("Content-Length"));
            assertEquals(400, registry.get(target + "?x=%zz").status());
            assertArrayEquals(manifest, registry.get(target + "?x=y").body());
        }
        String blob = "/v2/app/blobs/" + registry.pushBlob("app", new byte[100]);
        for (int i = 0; i < 3; i++) {
            assertEquals("100", registry.head(blob).header("Content-Length"));
            assertEquals("10", registry.head(blob, "Range", "bytes=0-9").header("Content-Length"));
        }
    }

    @Test
    void each_answer_from_memory_has_its_own_id() throws Exception {
        registry.pushImage("app", "v1");
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            ids.add(registry.get("/v2/app/manifests/v1").header("X-Request-Id"));
        }
        assertEquals(10, ids.size());
    }

    private static String next(byte[][] images, String digest) {
        for (int i = 0; i < images.length; i++) {
            if (Digest.sha256(images[i]).toString().equals(digest)) {
                return Digest.sha256(images[(i + 1) % images.length]).toString();
            }
        }
        throw new IllegalArgumentException(digest);
    }
}
