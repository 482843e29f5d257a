package dev.jbuild.registry.server.storage;

import java.nio.file.Path;
import java.sql.SQLException;

/// The index in an SQLite file (WAL, synchronous=FULL), made or brought to the newest schema when
/// opened. Another database would be a second class like this.
public final class SqliteMetadata implements AutoCloseable {
    private final SqliteDatabase database;
    private final RepositoryIndex repositories;
    private final ManifestIndex manifests;
    private final UploadIndex uploads;

    /// @throws NewerSchemaException if a newer program has written it
    public SqliteMetadata(Path file) throws SQLException {
        database = new SqliteDatabase(file);
        repositories = new SqliteRepositories(database);
        manifests = new SqliteManifests(database);
        uploads = new SqliteUploads(database);
    }

    public RepositoryIndex repositories() {
        return repositories;
    }

    public ManifestIndex manifests() {
        return manifests;
    }

    public UploadIndex uploads() {
        return uploads;
    }

    /// Everything acknowledged is permanent before as well.
    @Override
    public void close() throws SQLException {
        database.close();
    }
}
