package dev.jbuild.registry.server.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each line of the audit log stands by itself.
class AuditLogTest {
    private static final String DELETED =
            "{\"time\":\"2030-01-01T00:00:00Z\",\"action\":\"delete\",\"subject\":\"app:v1\","
                    + "\"principal\":\"registry:upkeep\",\"why\":\"old\"}";

    @TempDir Path directory;
    private final List<Exception> failures = new ArrayList<>();

    @Test
    void line_does_not_go_on_where_a_killed_server_s_broke_off() throws Exception {
        Path file = Files.writeString(directory.resolve("audit"), "{\"time\":\"2029-12");
        try (AuditLog log = new AuditLog(file, new Clock(), failures::add)) {
            log.recordOwn("delete", "app:v1", "old");
            log.recordOwn("delete", "app:v1", "old");
        }
        assertEquals(List.of("{\"time\":\"2029-12", DELETED, DELETED), Files.readAllLines(file));
        assertEquals(List.of(), failures);
    }

    @Test
    void whole_lines_of_before_are_followed_without_a_gap() throws Exception {
        Path file = Files.writeString(directory.resolve("audit"), "{}\n");
        try (AuditLog log = new AuditLog(file, new Clock(), failures::add)) {
            log.recordOwn("delete", "app:v1", "old");
        }
        assertEquals(List.of("{}", DELETED), Files.readAllLines(file));
    }

    @Test
    void line_that_cannot_be_written_is_told_of() throws Exception {
        try (AuditLog log = new AuditLog(Path.of("/dev/full"), new Clock(), failures::add)) {
            log.recordOwn("delete", "app:v1", "old");
        }
        assertEquals(1, failures.size());
        assertTrue(
                failures.getFirst().toString().contains("the audit log can't be written"),
                failures.toString());
    }
}
