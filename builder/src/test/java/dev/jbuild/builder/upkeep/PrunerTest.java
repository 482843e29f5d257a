package dev.jbuild.builder.upkeep;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.builder.solve.CacheKey;
import dev.jbuild.builder.solve.StepCache;
import dev.jbuild.builder.solve.StepRecord;
import dev.jbuild.builder.upkeep.PruneRequest.Kind;
import dev.jbuild.builder.upkeep.PruneRequest.Reach;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.store.layer.Layer;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrunerTest {
    private static final int LAYER = 1000;

    @TempDir Path root;
    private Store store;
    private StepCache cache;

    @BeforeEach
    void open() throws IOException {
        store = Store.open(root);
        cache = new StepCache(store);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void least_recently_used_results_go_until_the_cache_is_small_enough() throws IOException {
        result("old", Duration.ofDays(3));
        result("older", Duration.ofDays(4));
        result("new", Duration.ofDays(1));
        PrunePlan gone = prune(keep(2 * LAYER));
        assertEquals(List.of(key("older"), key("old")), keys(gone));
        assertEquals(List.of(key("new")), keys(cache.entries()));
        assertEquals(1, store.blobs().list().count());
    }

    @Test
    void store_limit_removes_what_is_needed_for_it() throws IOException {
        result("old", Duration.ofDays(3));
        result("new", Duration.ofDays(1));
        PrunePlan gone = prune(PruneRequest.downTo(1500));
        assertEquals(List.of(key("old")), keys(gone));
        assertTrue(gone.left() <= 1500, "left " + gone.left());
    }

    @Test
    void store_below_its_limit_loses_nothing() throws IOException {
        result("old", Duration.ofDays(300));
        assertEquals(0, prune(PruneRequest.downTo(1 << 20)).bytes());
    }

    @Test
    void layer_of_two_results_goes_with_the_second() throws IOException {
        result("a", "same", Duration.ofDays(3));
        result("b", "same", Duration.ofDays(1));
        PrunePlan gone = prune(unusedFor(Duration.ofDays(2)));
        assertEquals(List.of(key("a")), keys(gone));
        assertEquals(List.of(), gone.blobs());
        assertEquals(1, prune(unusedFor(Duration.ofHours(1))).blobs().size());
    }

    @Test
    void age_spares_what_was_used_since() throws IOException {
        result("old", Duration.ofDays(3));
        result("new", Duration.ofMinutes(5));
        assertEquals(List.of(key("old")), keys(prune(unusedFor(Duration.ofDays(1)))));
    }

    @Test
    void finding_a_result_makes_it_recent() throws IOException {
        result("old", Duration.ofDays(3));
        assertTrue(cache.find(key("old")).isPresent());
        assertEquals(List.of(), keys(prune(unusedFor(Duration.ofDays(1)))));
    }

    @Test
    void plan_alone_removes_nothing() throws IOException {
        result("old", Duration.ofDays(3));
        try (Pruner pruner = Pruner.open(store)) {
            PrunePlan plan = pruner.plan(unusedFor(Duration.ofDays(1)));
            assertEquals(1, plan.results().size());
            assertEquals(1, plan.blobs().size());
        }
        assertEquals(1, cache.entries().size());
        assertEquals(1, store.blobs().list().count());
    }

    @Test
    void what_another_process_has_found_stays() throws IOException {
        result("old", Duration.ofDays(3));
        result("older", Duration.ofDays(4));
        try (Store other = Store.open(root)) {
            assertTrue(new StepCache(other).find(key("old")).isPresent());
            assertEquals(List.of(key("older")), keys(prune(all())));
        }
        assertEquals(List.of(key("old")), keys(prune(all())));
    }

    @Test
    void damaged_record_counts_as_none_and_is_found() throws IOException {
        result("a", Duration.ofDays(1));
        Path file = record("a");
        byte[] content = Files.readAllBytes(file);
        content[content.length / 2] ^= 1;
        Files.write(file, content);
        assertEquals(Optional.empty(), cache.find(key("a")));
        assertEquals("its content is damaged", cache.check().getFirst().what());
    }

    @Test
    void record_whose_layer_is_gone_is_found() throws IOException {
        Digest layer = result("a", Duration.ofDays(1));
        store.blobs().delete(layer);
        assertEquals("its layer " + layer + " is gone", cache.check().getFirst().what());
    }

    private PrunePlan prune(PruneRequest request) throws IOException {
        try (Pruner pruner = Pruner.open(store)) {
            return pruner.carryOut(pruner.plan(request));
        }
    }

    private static PruneRequest all() {
        return request(Optional.empty(), OptionalLong.empty());
    }

    private static PruneRequest keep(long bytes) {
        return request(Optional.empty(), OptionalLong.of(bytes));
    }

    private static PruneRequest unusedFor(Duration age) {
        return request(Optional.of(age), OptionalLong.empty());
    }

    private static PruneRequest request(Optional<Duration> age, OptionalLong keep) {
        return new PruneRequest(
                EnumSet.allOf(Kind.class), Reach.ALL, age, keep, OptionalLong.empty());
    }

    private Digest result(String name, Duration age) throws IOException {
        return result(name, name, age);
    }

    private Digest result(String name, String content, Duration age) throws IOException {
        byte[] layer = (content + "-".repeat(LAYER)).substring(0, LAYER).getBytes(UTF_8);
        Digest digest = store.blobs().write(layer);
        cache.put(
                key(name),
                new StepRecord(
                        Optional.of(
                                new Layer(
                                        new Descriptor(MediaType.OCI_LAYER, digest, LAYER),
                                        new DiffId(digest),
                                        LAYER,
                                        "none")),
                        Instant.EPOCH));
        FileTime time = FileTime.from(Instant.now().minus(age));
        Files.setLastModifiedTime(store.blobs().path(digest), time);
        Files.setLastModifiedTime(record(name), time);
        return digest;
    }

    private Path record(String name) {
        String hex = key(name).digest().hex();
        return root.resolve("cache/steps").resolve(hex.substring(0, 2)).resolve(hex.substring(2));
    }

    private static CacheKey key(String name) {
        return new CacheKey(Digest.sha256(name.getBytes(UTF_8)));
    }

    private static List<CacheKey> keys(PrunePlan plan) {
        return keys(plan.results());
    }

    private static List<CacheKey> keys(List<StepCache.Entry> entries) {
        return entries.stream().map(StepCache.Entry::key).toList();
    }
}
