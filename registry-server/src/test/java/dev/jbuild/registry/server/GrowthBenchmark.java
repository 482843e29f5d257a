package dev.jbuild.registry.server;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.store.FileTrees;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;

/// How the registry behaves as it grows: the same requests to a server whose index has ever more
/// repositories, tags and blobs. The index is filled by SQL, through the same triggers as by
/// pushes; the requests are real ones on a socket. Run by bench/registry-growth.
final class GrowthBenchmark {
    private static final String SUBJECT = "sha256:" + "5".repeat(64);
    private static final int REFERRERS = 500;
    private static final int REPEATS = 60;
    private static final int GARBAGE = 1000;

    private GrowthBenchmark() {}

    /// @param words the largest number of blobs, 1000000 if left out; repositories are a hundredth
    ///     of it, tags of one repository a tenth
    public static void main(String[] words) throws Exception {
        int largest = words.length == 0 ? 1_000_000 : Integer.parseInt(words[0]);
        PrintStream out = System.out;
        out.println(
                "blobs | repositories | tags in one | tags/list first, last page of 100 | catalog first, last | referrers of 500 | HEAD blob | push of an image | gc of 1000 blobs | index MB");
        for (int blobs = Math.min(1000, largest); blobs <= largest; blobs *= 10) {
            Path root = Files.createTempDirectory("growth");
            try {
                out.println(measure(root, blobs));
            } finally {
                FileTrees.delete(root);
            }
        }
    }

    private static String measure(Path root, int blobs) throws Exception {
        int repositories = Math.max(10, blobs / 100);
        int tags = blobs / 10;
        try (Registry empty = new Registry(root)) {
            empty.totals();
        }
        fill(root.resolve("metadata.db"), blobs, repositories, tags);
        String list = "/v2/r/0000000/tags/list?n=100";
        String catalog = "/v2/_catalog?n=100";
        try (Registry registry = new Registry(root)) {
            StringBuilder row = new StringBuilder();
            row.append(blobs).append(" | ").append(repositories).append(" | ").append(tags);
            row.append(" | ").append(median(() -> ok(registry.get(list))));
            row.append(", ")
                    .append(median(() -> ok(registry.get(list + "&last=" + tag(tags - 101)))));
            row.append(" | ").append(median(() -> ok(registry.get(catalog))));
            String last = catalog + "&last=" + name(repositories - 101);
            row.append(", ").append(median(() -> ok(registry.get(last))));
            row.append(" | ")
                    .append(median(() -> ok(registry.get("/v2/r/0000000/referrers/" + SUBJECT))));
            String head = "/v2/" + name(repositories / 2) + "/blobs/" + digest(repositories / 2);
            row.append(" | ").append(median(() -> ok(registry.head(head))));
            row.append(" | ").append(median(() -> push(registry)));
            makeGarbage(root.resolve("metadata.db"));
            long start = System.nanoTime();
            registry.server.upkeep();
            row.append(" | ").append((System.nanoTime() - start) / 1_000_000).append(" ms");
            row.append(" | ").append(Files.size(root.resolve("metadata.db")) / 1_000_000);
            return row.toString();
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    /// In milliseconds, after as many runs to warm up.
    private static String median(Step step) throws IOException {
        long[] nanos = new long[REPEATS];
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < REPEATS; i++) {
                long start = System.nanoTime();
                step.run();
                nanos[i] = System.nanoTime() - start;
            }
        }
        Arrays.sort(nanos);
        return String.format("%.2f", nanos[REPEATS / 2] / 1e6);
    }

    private static void ok(Wire.Reply reply) {
        if (reply.status() != 200) {
            throw new IllegalStateException(reply.status() + " " + reply.text());
        }
    }

    private static void push(Registry registry) throws IOException {
        byte[] config = Registry.random(100);
        byte[] layer = Registry.random(1000);
        registry.pushBlob("r/0000000", config);
        registry.pushBlob("r/0000000", layer);
        byte[] manifest =
                OciJson.encode(
                                ImageManifest.of(
                                        Descriptor.of(MediaType.OCI_CONFIG, config),
                                        List.of(Descriptor.of(MediaType.OCI_LAYER, layer))))
                        .bytes();
        String type = MediaType.OCI_MANIFEST.value();
        if (registry.putManifest("r/0000000", "pushed", type, manifest).status() != 201) {
            throw new IllegalStateException();
        }
    }

    private static String name(int repository) {
        return String.format("r/%07d", Math.max(0, repository));
    }

    private static String tag(int tag) {
        return String.format("t%07d", Math.max(0, tag));
    }

    private static Digest digest(int blob) {
        return Digest.sha256(("blob " + blob).getBytes(StandardCharsets.UTF_8));
    }

    private static void fill(Path database, int blobs, int repositories, int tags)
            throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database)) {
            connection.setAutoCommit(false);
            insert(
                    connection,
                    "INSERT INTO repository (id, name, created_millis) VALUES (?1, ?2, 1)",
                    repositories,
                    i -> name(i));
            insert(
                    connection,
                    "INSERT INTO blob (id, digest, size, created_millis) VALUES (?1, ?2, 1000, 1)",
                    blobs,
                    i -> digest(i).toString());
            try (Statement statement = connection.createStatement()) {
                statement.execute(
                        "INSERT INTO repository_blob (repository_id, blob_id) SELECT id % "
                                + repositories
                                + ", id FROM blob");
            }
            manifests(connection, tags);
            connection.commit();
        }
    }

    private interface Text {
        String of(int i);
    }

    private static void insert(Connection connection, String sql, int count, Text text)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            for (int i = 0; i < count; i++) {
                insert.setInt(1, i);
                insert.setString(2, text.of(i));
                insert.addBatch();
                if (i % 10_000 == 9_999) {
                    insert.executeBatch();
                }
            }
            insert.executeBatch();
        }
    }

    /// One tagged manifest for each tag in the first repository, each of which uses a blob, and
    /// referrers of one of them.
    private static void manifests(Connection connection, int tags) throws SQLException {
        insert(
                connection,
                """
                INSERT INTO manifest (id, repository_id, digest, media_type, size, descriptor, created_millis)
                VALUES (?1, 0, ?2, 'application/vnd.oci.image.manifest.v1+json', 400, x'7b7d', 1)
                """,
                tags,
                i -> Digest.sha256(("manifest " + i).getBytes(StandardCharsets.UTF_8)).toString());
        insert(
                connection,
                "INSERT INTO tag (repository_id, name, manifest_id, updated_millis) VALUES (0, ?2, ?1, 1)",
                tags,
                i -> tag(i));
        insert(
                connection,
                "INSERT INTO reference (manifest_id, digest, repository_id) VALUES (?1, ?2, 0)",
                tags,
                i -> digest(i).toString());
        try (PreparedStatement insert =
                connection.prepareStatement(
                        """
                        INSERT INTO manifest (repository_id, digest, media_type, size, subject,
                          artifact_type, descriptor, created_millis)
                        VALUES (0, ?, 'application/vnd.oci.image.manifest.v1+json', 400, ?, 'application/vnd.test', ?, 1)
                        """)) {
            for (int i = 0; i < REFERRERS; i++) {
                Digest digest = Digest.sha256(("referrer " + i).getBytes(StandardCharsets.UTF_8));
                insert.setString(1, digest.toString());
                insert.setString(2, SUBJECT);
                insert.setBytes(
                        3,
                        OciJson.toJson(new Descriptor(MediaType.OCI_MANIFEST, digest, 400))
                                .encode());
                insert.executeUpdate();
            }
        }
    }

    /// Blobs of the last repositories have been idle for long.
    private static void makeGarbage(Path database) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = 10000");
            statement.execute(
                    "UPDATE repository_blob SET idle_millis = 1 WHERE (repository_id, blob_id) IN "
                            + "(SELECT repository_id, blob_id FROM repository_blob ORDER BY repository_id DESC LIMIT "
                            + GARBAGE
                            + ")");
            try (ResultSet rows = statement.executeQuery("SELECT changes()")) {
                rows.next();
            }
        }
    }
}
