package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.NOTHING;
import static dev.jbuild.registry.server.Registry.OCTETS;
import static dev.jbuild.registry.server.Registry.random;
import static dev.jbuild.registry.server.Registry.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.server.storage.RepositoryRules;
import dev.jbuild.registry.server.storage.UploadLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What unfinished uploads take is limited as what is pushed is.
class UploadRoomTest {
    @TempDir Path root;

    private Registry registry(OptionalLong inAll, OptionalLong inEach) throws Exception {
        RepositoryRules rules = new RepositoryRules((_, _) -> false, inAll, _ -> inEach);
        return new Registry(root, config -> config.withRules(rules));
    }

    private Registry limitedEach(long bytes) throws Exception {
        return registry(OptionalLong.empty(), OptionalLong.of(bytes));
    }

    private static Wire.Reply patch(Registry registry, String location, int bytes)
            throws IOException {
        return registry.send("PATCH", location, random(bytes), OCTETS);
    }

    private long uploaded() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("uploads"))) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    private static void assertRefusedAndGone(Registry registry, Wire.Reply reply, String location)
            throws IOException {
        assertEquals(403, reply.status(), reply.text());
        assertTrue(reply.text().contains("\"DENIED\""), reply.text());
        assertTrue(reply.text().contains("the quota of "), reply.text());
        assertEquals(404, registry.get(location).status());
    }

    @Test
    void chunk_over_the_quota_ends_the_upload_and_gives_its_room_back() throws Exception {
        try (Registry registry = limitedEach(1000)) {
            String location = registry.startUpload("small");
            assertEquals(202, patch(registry, location, 600).status());
            assertRefusedAndGone(registry, patch(registry, location, 600), location);
            assertEquals(0, uploaded());
            String next = registry.startUpload("small");
            assertEquals(202, patch(registry, next, 1000).status());
        }
    }

    @Test
    void body_of_unknown_length_is_cut_off_at_the_quota() throws Exception {
        try (Registry registry = limitedEach(100_000)) {
            String location = registry.startUpload("small");
            Wire.Reply reply = registry.sendChunked("PATCH", location, random(8_000_000), OCTETS);
            assertRefusedAndGone(registry, reply, location);
            assertEquals(0, uploaded());
            byte[] blob = random(8_000_000);
            String whole = "/v2/small/blobs/uploads/?digest=" + Digest.sha256(blob);
            assertEquals(403, registry.sendChunked("POST", whole, blob, OCTETS).status());
            assertEquals(202, patch(registry, registry.startUpload("small"), 100_000).status());
        }
    }

    @Test
    void uploads_at_the_same_time_share_the_quota_of_their_repository() throws Exception {
        try (Registry registry = limitedEach(1000)) {
            String first = registry.startUpload("small");
            String second = registry.startUpload("small");
            assertEquals(202, patch(registry, first, 600).status());
            assertRefusedAndGone(registry, patch(registry, second, 600), second);
            String elsewhere = registry.startUpload("other");
            assertEquals(202, patch(registry, elsewhere, 600).status());
            assertEquals(204, registry.delete(first).status());
            assertEquals(202, patch(registry, registry.startUpload("small"), 1000).status());
        }
    }

    @Test
    void uploads_of_all_repositories_share_the_quota_in_all() throws Exception {
        try (Registry registry = registry(OptionalLong.of(1000), OptionalLong.empty())) {
            assertEquals(202, patch(registry, registry.startUpload("one"), 600).status());
            String two = registry.startUpload("two");
            assertRefusedAndGone(registry, patch(registry, two, 600), two);
        }
    }

    @Test
    void unfinished_uploads_count_after_a_restart() throws Exception {
        try (Registry registry = limitedEach(1000)) {
            assertEquals(202, patch(registry, registry.startUpload("small"), 600).status());
        }
        try (Registry registry = limitedEach(1000)) {
            String location = registry.startUpload("small");
            assertRefusedAndGone(registry, patch(registry, location, 600), location);
        }
    }

    @Test
    void last_part_sent_again_counts_once() throws Exception {
        try (Registry registry = limitedEach(1000)) {
            byte[] blob = random(900);
            String location = registry.startUpload("small");
            Digest digest = Digest.sha256(blob);
            try (Wire wire = registry.connect()) {
                wire.raw(
                        "PUT "
                                + with(location, "digest=" + digest)
                                + " HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n");
                wire.raw(Arrays.copyOf(blob, 500));
            }
            Wire.Reply again = registry.send("PUT", with(location, "digest=" + digest), blob);
            assertEquals(201, again.status(), again.text());
        }
    }

    @Test
    void blob_that_the_repository_has_can_be_pushed_again_when_there_is_no_room() throws Exception {
        try (Registry registry = limitedEach(1000)) {
            byte[] blob = random(900);
            Digest digest = registry.pushBlob("small", blob);
            assertEquals(digest, registry.pushBlob("small", blob));
            String location = registry.startUpload("small");
            Wire.Reply done = registry.send("PUT", with(location, "digest=" + digest), blob);
            assertEquals(201, done.status(), done.text());
        }
    }

    @Test
    void upload_that_no_longer_fits_when_it_is_finished_is_gone() throws Exception {
        try (Registry registry = limitedEach(1000)) {
            byte[] blob = random(600);
            String location = registry.startUpload("small");
            assertEquals(202, registry.send("PATCH", location, blob, OCTETS).status());
            Digest other = registry.pushBlob("other", random(500));
            String mount = "/v2/small/blobs/uploads/?from=other&mount=" + other;
            assertEquals(201, registry.send("POST", mount, NOTHING).status());
            String finish = with(location, "digest=" + Digest.sha256(blob));
            assertRefusedAndGone(registry, registry.send("PUT", finish, NOTHING), location);
            assertEquals(0, uploaded());
        }
    }

    @Test
    void only_so_many_uploads_of_a_repository_are_unfinished() throws Exception {
        RepositoryRules rules = RepositoryRules.NONE.withUploads(new UploadLimits(3, 100));
        try (Registry registry = new Registry(root, config -> config.withRules(rules))) {
            String first = registry.startUpload("app");
            registry.startUpload("app");
            registry.startUpload("app");
            Wire.Reply refused = registry.send("POST", "/v2/app/blobs/uploads/", NOTHING);
            assertEquals(429, refused.status());
            assertEquals("60", refused.header("Retry-After"));
            assertTrue(refused.text().contains("\"TOOMANYREQUESTS\""), refused.text());
            assertTrue(
                    refused.text().contains("too many uploads of repository 'app'"),
                    refused.text());
            registry.startUpload("other");
            registry.pushBlob("app", random(10));
            assertEquals(204, registry.delete(first).status());
            registry.startUpload("app");
        }
        try (Registry registry = new Registry(root, config -> config.withRules(rules))) {
            assertEquals(429, registry.send("POST", "/v2/app/blobs/uploads/", NOTHING).status());
        }
    }

    @Test
    void expired_uploads_of_more_than_a_page_make_room_for_new_ones() throws Exception {
        int many = 1100;
        RepositoryRules rules = RepositoryRules.NONE.withUploads(new UploadLimits(many, many));
        try (Registry registry =
                new Registry(
                        root,
                        config -> config.withRules(rules).withUploadAge(Duration.ofHours(1)))) {
            for (int i = 0; i < many; i++) {
                String location = registry.startUpload("app");
                Path file =
                        root.resolve("uploads")
                                .resolve(location.substring(location.lastIndexOf('/') + 1));
                Files.createFile(file);
                Files.setLastModifiedTime(
                        file, FileTime.from(Instant.now().minus(Duration.ofHours(i == 7 ? 0 : 2))));
            }
            registry.server.upkeep();
            try (Stream<Path> files = Files.list(root.resolve("uploads"))) {
                assertEquals(1, files.count());
            }
            for (int i = 1; i < many; i++) {
                registry.startUpload("app");
            }
            assertEquals(429, registry.send("POST", "/v2/app/blobs/uploads/", NOTHING).status());
        }
    }
}
