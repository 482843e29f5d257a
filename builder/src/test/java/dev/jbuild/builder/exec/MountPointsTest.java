package dev.jbuild.builder.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountPointsTest {
    private static final FileTime BEFORE =
            FileTime.from(Instant.parse("2020-01-02T03:04:05.123456789Z"));

    private final Path temporary;
    private final Path rootfs;

    MountPointsTest(@TempDir Path temporary) throws IOException {
        this.temporary = temporary;
        this.rootfs = Files.createDirectories(temporary.resolve("rootfs"));
        Files.createDirectory(rootfs.resolve("etc"));
        Files.setLastModifiedTime(rootfs.resolve("etc"), BEFORE);
        Files.setLastModifiedTime(rootfs, BEFORE);
    }

    @Test
    void missing_ones_are_there_for_the_time_of_the_run() throws IOException {
        try (MountPoints points = new MountPoints(rootfs)) {
            assertEquals("/proc", points.add("/proc", true));
            assertEquals("/etc/hosts", points.add("/etc/hosts", false));
            assertEquals("/a/b/c", points.add("/a/b/c", true));
            assertTrue(Files.isDirectory(rootfs.resolve("proc")));
            assertTrue(Files.isRegularFile(rootfs.resolve("etc/hosts")));
            assertTrue(Files.isDirectory(rootfs.resolve("a/b/c")));
        }
        assertFalse(Files.exists(rootfs.resolve("proc")));
        assertFalse(Files.exists(rootfs.resolve("etc/hosts")));
        assertFalse(Files.exists(rootfs.resolve("a")));
        assertEquals(BEFORE, Files.getLastModifiedTime(rootfs));
        assertEquals(BEFORE, Files.getLastModifiedTime(rootfs.resolve("etc")));
    }

    @Test
    void one_that_was_there_stays() throws IOException {
        Files.createFile(rootfs.resolve("etc/hosts"));
        try (MountPoints points = new MountPoints(rootfs)) {
            points.add("/etc/hosts", false);
        }
        assertTrue(Files.exists(rootfs.resolve("etc/hosts")));
    }

    @Test
    void one_that_was_filled_stays() throws IOException {
        try (MountPoints points = new MountPoints(rootfs)) {
            points.add("/cache", true);
            points.add("/empty", true);
            Files.writeString(rootfs.resolve("cache/file"), "x");
        }
        assertTrue(Files.exists(rootfs.resolve("cache/file")));
        assertFalse(Files.exists(rootfs.resolve("empty")));
    }

    @Test
    void directory_that_the_command_changed_keeps_the_time_of_the_change() throws IOException {
        FileTime changed = FileTime.from(Instant.parse("2021-01-01T00:00:00Z"));
        try (MountPoints points = new MountPoints(rootfs)) {
            points.add("/etc/hosts", false);
            Files.setLastModifiedTime(rootfs.resolve("etc"), changed);
        }
        assertEquals(changed, Files.getLastModifiedTime(rootfs.resolve("etc")));
    }

    @Test
    void link_is_followed_inside_the_image() throws IOException {
        Files.createSymbolicLink(
                rootfs.resolve("etc/resolv.conf"), Path.of("/run/resolve/resolv.conf"));
        try (MountPoints points = new MountPoints(rootfs)) {
            assertEquals("/run/resolve/resolv.conf", points.add("/etc/resolv.conf", false));
            assertTrue(Files.isRegularFile(rootfs.resolve("run/resolve/resolv.conf")));
        }
        assertFalse(Files.exists(rootfs.resolve("run")));
        assertTrue(Files.isSymbolicLink(rootfs.resolve("etc/resolv.conf")));
    }

    @Test
    void nothing_outside_is_removed_when_the_command_replaced_a_directory_by_a_link()
            throws IOException {
        Path host = Files.createDirectory(temporary.resolve("host"));
        Files.createFile(host.resolve("hosts"));
        try (MountPoints points = new MountPoints(rootfs)) {
            points.add("/etc/hosts", false);
            Files.move(rootfs.resolve("etc"), rootfs.resolve("etc2"));
            Files.createSymbolicLink(rootfs.resolve("etc"), host);
        }
        assertTrue(Files.exists(host.resolve("hosts")));
    }
}
