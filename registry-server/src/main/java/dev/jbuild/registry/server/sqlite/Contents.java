package dev.jbuild.registry.server.sqlite;

import dev.jbuild.oci.Digest;
import java.sql.SQLException;

/// Steps of transactions that keep track of who refers to content, each a few lookups by key.
final class Contents {
    private Contents() {}

    /// A repository has this content from now on.
    static void claim(Session session, Digest digest, long size) throws SQLException {
        session.change(
                """
                INSERT INTO blob (digest, size, created_millis) VALUES (?, ?, ?)
                ON CONFLICT (digest) DO UPDATE
                  SET orphan_millis = NULL, quarantine_millis = NULL, damaged_millis = NULL
                  WHERE orphan_millis IS NOT NULL OR damaged_millis IS NOT NULL
                """,
                digest.toString(),
                size,
                System.currentTimeMillis());
    }

    /// A repository has lost this content; if it was the last one, the content is an orphan.
    static void release(Session session, Digest digest) throws SQLException {
        session.change(
                """
                UPDATE blob SET orphan_millis = ? WHERE digest = ? AND orphan_millis IS NULL
                  AND NOT EXISTS (SELECT 1 FROM repository_blob WHERE blob_id = blob.id)
                  AND NOT EXISTS (SELECT 1 FROM manifest WHERE manifest.digest = blob.digest)
                """,
                System.currentTimeMillis(),
                digest.toString());
    }

    /// A manifest refers to this content of its repository.
    static void use(Session session, long repositoryId, String digest) throws SQLException {
        session.change(
                """
                UPDATE repository_blob SET idle_millis = NULL
                WHERE repository_id = ? AND blob_id = (SELECT id FROM blob WHERE digest = ?)
                  AND idle_millis IS NOT NULL
                """,
                repositoryId,
                digest);
    }

    /// A manifest doesn't refer to this any more; if it was the last one, a blob is idle, and an
    /// untagged manifest loose, from now on.
    static void leave(Session session, long repositoryId, String digest) throws SQLException {
        if (session.exists(
                "SELECT 1 FROM reference WHERE repository_id = ? AND digest = ?",
                repositoryId,
                digest)) {
            return;
        }
        long now = System.currentTimeMillis();
        session.change(
                """
                UPDATE repository_blob SET idle_millis = ?
                WHERE repository_id = ? AND blob_id = (SELECT id FROM blob WHERE digest = ?)
                """,
                now,
                repositoryId,
                digest);
        session.change(
                """
                UPDATE manifest SET loose_millis = ?
                WHERE repository_id = ? AND digest = ? AND loose_millis IS NOT NULL
                """,
                now,
                repositoryId,
                digest);
    }

    /// A manifest has lost a tag; if it was the last one, it is loose from now on.
    static void loosen(Session session, long manifestId) throws SQLException {
        session.change(
                """
                UPDATE manifest SET loose_millis = ? WHERE id = ? AND loose_millis IS NULL
                  AND NOT EXISTS (SELECT 1 FROM tag WHERE manifest_id = manifest.id)
                """,
                System.currentTimeMillis(),
                manifestId);
    }
}
