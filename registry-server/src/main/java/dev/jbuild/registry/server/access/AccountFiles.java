package dev.jbuild.registry.server.access;

import dev.jbuild.store.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.sqlite.JDBC;

/// Users, keys and the key of tokens, as they go with a backup: files for their owner alone, from
/// the first byte on, that outlive a crash.
public final class AccountFiles {
    private static final String ACCOUNTS = "accounts.db";
    private static final String KEY = "token.key";

    /// What SQLite keeps beside a file that was in use.
    private static final List<String> SIDES = List.of("-wal", "-shm");

    private AccountFiles() {}

    /// Copies them beside whoever uses them, as they are at one moment. What is not there any more
    /// is removed from the copy.
    ///
    /// @return whether there were any
    public static boolean backUp(Path root, Path directory) throws IOException {
        boolean key = copy(root.resolve(KEY), directory);
        if (!key) {
            Files.deleteIfExists(directory.resolve(KEY));
        }
        if (Files.notExists(root.resolve(ACCOUNTS))) {
            removeAccounts(directory);
            return key;
        }
        Path fresh = create(directory.resolve(ACCOUNTS + ".new"));
        Properties settings = new Properties();
        settings.setProperty("busy_timeout", "10000");
        try (Connection connection =
                        JDBC.createConnection("jdbc:sqlite:" + root.resolve(ACCOUNTS), settings);
                PreparedStatement copy = connection.prepareStatement("VACUUM INTO ?")) {
            copy.setString(1, fresh.toString()); // an empty file is taken, and stays as it was made
            copy.execute();
        } catch (SQLException e) {
            throw new IOException("the users and keys can't be copied: " + e.getMessage(), e);
        }
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        removeSides(directory); // of an older copy that was served
        DurableFiles.rename(fresh, directory.resolve(ACCOUNTS));
        return true;
    }

    /// Copies them back from a copy that nobody uses.
    ///
    /// @return whether there were any
    /// @throws IOException also if others are there already; nothing is changed then
    public static boolean restore(Path directory, Path root) throws IOException {
        for (String name : List.of(KEY, ACCOUNTS)) {
            Path there = root.resolve(name);
            if (Files.exists(there)
                    && Files.exists(directory.resolve(name))
                    && !Arrays.equals(
                            Files.readAllBytes(there),
                            Files.readAllBytes(directory.resolve(name)))) {
                throw new IOException(
                        "'"
                                + there
                                + "' is there, and is not that of the backup: move it away, or say"
                                + " --without-accounts to keep it");
            }
        }
        boolean key = copy(directory.resolve(KEY), root);
        for (String side : SIDES) {
            copy(directory.resolve(ACCOUNTS + side), root);
        }
        boolean accounts = copy(directory.resolve(ACCOUNTS), root);
        return key || accounts;
    }

    /// Removes them from a copy.
    public static void remove(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(KEY));
        removeAccounts(directory);
    }

    private static void removeAccounts(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(ACCOUNTS));
        Files.deleteIfExists(directory.resolve(ACCOUNTS + ".new"));
        removeSides(directory);
    }

    private static void removeSides(Path directory) throws IOException {
        for (String side : SIDES) {
            Files.deleteIfExists(directory.resolve(ACCOUNTS + side));
        }
    }

    private static boolean copy(Path file, Path directory) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException _) {
            return false;
        }
        String name = String.valueOf(file.getFileName());
        Path fresh = create(directory.resolve(name + ".new"));
        try (FileChannel out = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            for (ByteBuffer left = ByteBuffer.wrap(bytes); left.hasRemaining(); ) {
                out.write(left);
            }
            out.force(true);
        }
        DurableFiles.rename(fresh, directory.resolve(name));
        return true;
    }

    private static Path create(Path file) throws IOException {
        Files.deleteIfExists(file);
        FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")))
                .close();
        return file;
    }
}
