package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.sqlite.SqliteMetadata;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import dev.jbuild.registry.server.storage.RepositoryRules;
import dev.jbuild.registry.server.storage.RetentionPolicy;
import dev.jbuild.registry.server.storage.RetentionPolicy.Rule;
import dev.jbuild.registry.server.upkeep.Retention;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tags that go by a policy, beside requests. Time is made to pass by changing the index.
class RetentionTest {
    private static final String MANIFEST = MediaType.OCI_MANIFEST.value();
    private static final Rule NEWEST_2 = rule(2, Duration.ZERO);
    private static final Rule A_DAY = rule(0, Duration.ofDays(1));

    @TempDir Path root;

    @Test
    void newest_tags_stay_and_the_others_go_with_their_manifests() throws Exception {
        try (Registry registry = registry(NEWEST_2)) {
            byte[] first = registry.pushImage("app", "z1");
            pushAll(registry, "y2", "x3");
            registry.server.upkeep();
            assertEquals("[\"x3\",\"y2\"]", tags(registry));
            String manifest = "/v2/app/manifests/" + Digest.sha256(first);
            assertEquals(200, registry.head(manifest).status());
            hoursPass(31); // the grace period and a quarter
            registry.server.upkeep();
            assertEquals(404, registry.head(manifest).status());
        }
    }

    @Test
    void untagged_manifests_that_no_rule_untagged_stay() throws Exception {
        try (Registry registry = registry(A_DAY)) {
            byte[] pinned = registry.pushImage("app", "latest");
            registry.pushImage("app", "latest");
            hoursPass(100);
            registry.server.upkeep();
            hoursPass(100);
            registry.server.upkeep();
            assertEquals("[]", tags(registry));
            assertEquals(200, registry.head("/v2/app/manifests/" + Digest.sha256(pinned)).status());
        }
    }

    @Test
    void manifest_that_was_pushed_or_asked_for_lately_outlives_its_last_tag() throws Exception {
        try (Registry registry = registry(NEWEST_2)) {
            byte[] pushed = registry.pushImage("app", "z1");
            byte[] asked = registry.pushImage("app", "z2");
            pushAll(registry, "y3", "x4");
            registry.server.upkeep();
            hoursPass(20);
            Digest digest = Digest.sha256(pushed);
            assertEquals(
                    201, registry.putManifest("app", digest.toString(), MANIFEST, pushed).status());
            String other = "/v2/app/manifests/" + Digest.sha256(asked);
            assertEquals(200, registry.head(other).status());
            hoursPass(20);
            registry.server.upkeep();
            assertEquals(200, registry.head("/v2/app/manifests/" + digest).status());
            assertEquals(200, registry.head(other).status());
        }
    }

    @Test
    void tag_pushed_again_is_one_of_the_newest() throws Exception {
        try (Registry registry = registry(NEWEST_2)) {
            pushAll(registry, "a", "b");
            hoursPass(1);
            pushAll(registry, "a", "c");
            registry.server.upkeep();
            assertEquals("[\"a\",\"c\"]", tags(registry));
        }
    }

    @Test
    void tags_go_when_they_are_old_enough() throws Exception {
        try (Registry registry = registry(A_DAY)) {
            pushAll(registry, "old");
            hoursPass(25);
            pushAll(registry, "new");
            registry.server.upkeep();
            assertEquals("[\"new\"]", tags(registry));
        }
    }

    @Test
    void with_both_a_tag_has_to_be_old_and_not_among_the_newest() throws Exception {
        try (Registry registry = registry(rule(1, Duration.ofDays(1)))) {
            pushAll(registry, "a", "b");
            hoursPass(25);
            registry.server.upkeep();
            assertEquals("[\"b\"]", tags(registry));
            pushAll(registry, "c");
            registry.server.upkeep();
            assertEquals("[\"c\"]", tags(registry));
            pushAll(registry, "d");
            registry.server.upkeep();
            assertEquals("[\"c\",\"d\"]", tags(registry));
        }
    }

    @Test
    void first_rule_that_fits_tag_and_repository_decides() throws Exception {
        Rule releases = new Rule(_ -> true, tag -> tag.value().startsWith("v"), Rule.ALL, none());
        Rule elsewhere = new Rule(name -> name.value().equals("other"), _ -> true, 0, none());
        Rule branches = new Rule(_ -> true, tag -> tag.value().startsWith("pr-"), 1, none());
        try (Registry registry = registry(releases, elsewhere, branches)) {
            pushAll(registry, "v1", "v2", "pr-1", "pr-2", "latest");
            registry.pushImage("other", "gone");
            registry.pushImage("other", "v3");
            registry.server.upkeep();
            assertEquals("[\"latest\",\"pr-2\",\"v1\",\"v2\"]", tags(registry));
            assertEquals(
                    "{\"name\":\"other\",\"tags\":[\"v3\"]}",
                    registry.get("/v2/other/tags/list").text());
        }
    }

    @Test
    void immutable_tags_stay() throws Exception {
        BiPredicate<RepositoryName, Tag> immutable = (_, tag) -> tag.value().equals("a");
        try (Registry registry =
                new Registry(
                        root,
                        config ->
                                config.withRules(
                                                new RepositoryRules(
                                                        immutable,
                                                        OptionalLong.empty(),
                                                        _ -> OptionalLong.empty()))
                                        .withGarbage(policy(immutable, A_DAY)))) {
            pushAll(registry, "a", "b");
            hoursPass(25);
            registry.server.upkeep();
            assertEquals("[\"a\"]", tags(registry));
        }
    }

    @Test
    void recovered_tags_stay_are_not_counted_and_the_preview_says_why() throws Exception {
        try (Registry registry = registry(rule(1, Duration.ofDays(1)))) {
            pushAll(registry, "recovered-0123456789ab", "old", "new", "recovered-ba9876543210");
            hoursPass(25);
            registry.server.upkeep();
            assertEquals(
                    "[\"new\",\"recovered-0123456789ab\",\"recovered-ba9876543210\"]",
                    tags(registry));
        }
        List<String> told = new ArrayList<>();
        try (SqliteMetadata metadata = new SqliteMetadata(root.resolve("metadata.db"))) {
            new Retention(metadata, new RetentionPolicy(List.of(A_DAY), (_, _) -> false))
                    .preview(tag -> told.add(tag.tag() + ": " + tag.why()));
        }
        String why =
                ": recovered by reindex: tag its manifest as it should be, then delete this tag";
        assertEquals(
                Set.of(
                        "new: pushed 1d ago",
                        "recovered-0123456789ab" + why,
                        "recovered-ba9876543210" + why),
                Set.copyOf(told));
    }

    @Test
    void manifest_with_another_tag_loses_only_the_old_one() throws Exception {
        try (Registry registry = registry(A_DAY)) {
            byte[] manifest = registry.pushImage("app", "old");
            hoursPass(25);
            registry.putManifest("app", "new", MANIFEST, manifest);
            registry.server.upkeep();
            assertEquals("[\"new\"]", tags(registry));
            assertEquals(200, registry.head("/v2/app/manifests/new").status());
        }
    }

    @Test
    void signed_manifest_stays_with_its_tag_and_its_signature() throws Exception {
        try (Registry registry = registry(A_DAY)) {
            Digest signed = Digest.sha256(registry.pushImage("app", "signed"));
            String signature = "sha256-" + signed.hex() + ".sig";
            pushAll(registry, "plain", signature);
            hoursPass(25);
            registry.server.upkeep();
            assertEquals("[\"" + signature + "\",\"signed\"]", tags(registry));
        }
    }

    @Test
    void signature_of_what_was_deleted_goes_like_any_tag() throws Exception {
        try (Registry registry = registry(A_DAY)) {
            Digest signed = Digest.sha256(registry.pushImage("app", "signed"));
            pushAll(registry, "sha256-" + signed.hex() + ".sig");
            registry.delete("/v2/app/manifests/" + signed);
            hoursPass(25);
            registry.server.upkeep();
            assertEquals("[]", tags(registry));
        }
    }

    @Test
    void subject_of_referrers_child_of_an_index_and_referrer_stay_though_they_are_tagged()
            throws Exception {
        try (Registry registry = registry(new Rule(_ -> true, RetentionTest::isOld, 0, none()))) {
            DataSet data = new DataSet("kept");
            DataSet.Item subject = data.image("old-subject");
            data.referrer(subject, "application/vnd.test", "x", List.of("old-referrer"));
            DataSet.Item child = data.image("old-child");
            data.add(DataSet.index(child), List.of("multi"));
            data.image("old-lonely");
            push(registry, data);
            registry.server.upkeep();
            assertEquals(
                    "[\"multi\",\"old-child\",\"old-referrer\",\"old-subject\"]", tags(registry));
        }
    }

    @Test
    void untagged_children_follow_their_index_a_grace_period_later_but_not_the_signed_ones()
            throws Exception {
        try (Registry registry = registry(A_DAY)) {
            DataSet data = new DataSet("multi");
            DataSet.Item signed = data.image();
            DataSet.Item plain = data.image();
            DataSet.Item shared = data.image();
            DataSet.Item index = data.add(DataSet.index(signed, plain, shared), List.of("multi"));
            data.referrer(signed, "application/vnd.test", "x", List.of());
            push(registry, data);
            hoursPass(25);
            DataSet other = new DataSet("other");
            other.add(DataSet.index(shared), List.of("other"));
            push(registry, other);
            registry.server.upkeep();
            assertEquals("[\"other\"]", tags(registry));
            hoursPass(31);
            registry.server.upkeep();
            assertEquals(404, registry.head("/v2/app/manifests/" + index.digest()).status());
            assertEquals(200, registry.get("/v2/app/manifests/" + plain.digest()).status());
            hoursPass(31);
            registry.server.upkeep();
            assertEquals(404, registry.head("/v2/app/manifests/" + plain.digest()).status());
            assertEquals(200, registry.head("/v2/app/manifests/" + signed.digest()).status());
            assertEquals(200, registry.head("/v2/app/manifests/" + shared.digest()).status());
        }
    }

    @Test
    void each_removal_is_on_record() throws Exception {
        Path log = root.resolve("audit.log");
        Digest manifest;
        try (Registry registry = registry()) {
            manifest = Digest.sha256(registry.pushImage("app", "old"));
        }
        hoursPass(25);
        try (Registry registry =
                new Registry(
                        root,
                        config ->
                                config.withGarbage(policy((_, _) -> false, A_DAY))
                                        .withAccess(
                                                Optional.of(
                                                        AccessConfig.of(root)
                                                                .withAudit(log, false))))) {
            registry.server.upkeep();
            hoursPass(31);
            registry.server.upkeep();
        }
        List<String> lines = Files.readAllLines(log);
        assertEquals(2, lines.size(), lines.toString());
        String by = "\",\"principal\":\"registry:upkeep\",\"why\":";
        String tag = "\"action\":\"delete\",\"subject\":\"app:old" + by;
        assertTrue(lines.get(0).endsWith(tag + "\"retention: pushed 1d ago\"}"), lines.get(0));
        String gone = "\"subject\":\"app@" + manifest + by;
        assertTrue(lines.get(1).endsWith(gone + "\"garbage: untagged\"}"), lines.get(1));
    }

    private static boolean isOld(Tag tag) {
        return tag.value().startsWith("old");
    }

    private static Duration none() {
        return Duration.ZERO;
    }

    private static Rule rule(int newest, Duration after) {
        return new Rule(_ -> true, _ -> true, newest, after);
    }

    private static GarbagePolicy policy(BiPredicate<RepositoryName, Tag> immutable, Rule... rules) {
        return GarbagePolicy.DEFAULT.withRetention(new RetentionPolicy(List.of(rules), immutable));
    }

    private Registry registry(Rule... rules) throws Exception {
        return new Registry(root, config -> config.withGarbage(policy((_, _) -> false, rules)));
    }

    /// A minute after each other.
    private void pushAll(Registry registry, String... tags) throws Exception {
        for (String tag : tags) {
            change("UPDATE tag SET updated_millis = updated_millis - 60000");
            registry.pushImage("app", tag);
        }
    }

    private static void push(Registry registry, DataSet data) throws Exception {
        for (byte[] blob : data.blobs.values()) {
            registry.pushBlob("app", blob);
        }
        for (DataSet.Item item : data.manifests) {
            String reference =
                    item.tags().isEmpty() ? item.digest().toString() : item.tags().getFirst();
            Wire.Reply reply =
                    registry.putManifest("app", reference, item.mediaType(), item.bytes());
            assertEquals(201, reply.status(), reply.text());
        }
    }

    private static String tags(Registry registry) throws Exception {
        String list = registry.get("/v2/app/tags/list").text();
        return list.substring(list.indexOf('['), list.indexOf(']') + 1);
    }

    private void hoursPass(int hours) throws Exception {
        change("UPDATE tag SET updated_millis = updated_millis - " + hours * 3_600_000L);
        change("UPDATE manifest SET loose_millis = loose_millis - " + hours * 3_600_000L);
    }

    private void change(String sql) throws Exception {
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + root.resolve("metadata.db"));
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = 10000");
            statement.execute(sql);
        }
    }
}
