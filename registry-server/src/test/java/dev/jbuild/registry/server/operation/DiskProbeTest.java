package dev.jbuild.registry.server.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `/readyz` says of the disk; of a full one in `DiskFullIT`.
class DiskProbeTest {
    @TempDir Path directory;
    private final AtomicLong now = new AtomicLong();

    @Test
    void what_a_killed_process_left_is_no_hindrance_and_goes() throws Exception {
        Files.writeString(directory.resolve(DiskProbe.NAME), "left over");
        assertTrue(new DiskProbe(directory, now::get).isWritable());
        assertEquals(List.of(), files());
    }

    @Test
    void the_disk_is_tried_once_a_second_at_most() throws Exception {
        Path disk = Files.createDirectory(directory.resolve("disk"));
        DiskProbe probe = new DiskProbe(disk, now::get);
        assertTrue(probe.isWritable());
        Files.delete(disk);
        now.addAndGet(TimeUnit.SECONDS.toNanos(1) - 1);
        assertTrue(probe.isWritable());
        now.addAndGet(1);
        assertFalse(probe.isWritable());
        Files.createDirectory(disk);
        now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertTrue(probe.isWritable());
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
