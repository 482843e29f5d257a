package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The system calls of `registry backup`.
class BackupIT {
    @TempDir Path directory;

    @Test
    void directories_of_content_are_synced_before_the_index_that_speaks_of_it() throws Exception {
        Path root = directory.resolve("root");
        Path copy = directory.resolve("copy");
        Path record = directory.resolve("calls");
        try (Registry registry = new Registry(root)) {
            registry.pushImage("app", "v1");
        }
        List<String> strace =
                List.of(
                        "strace",
                        "-f",
                        "-y",
                        "-s",
                        "1000",
                        "-e",
                        "trace=rename,renameat,renameat2,fsync,fdatasync",
                        "-o",
                        record.toString());
        try (ServerProcess backup =
                new ServerProcess(
                        strace, "registry", "backup", copy.toString(), "--root", root.toString())) {
            assertEquals(0, backup.exitCode(), backup.errors());
        }
        List<String> calls = Files.readAllLines(record);
        int lastContent =
                last(calls, call -> call.contains("rename") && call.contains(copy + "/blobs/"));
        int content = last(calls, call -> isSync(call, copy + "/blobs/sha256"));
        int algorithms = last(calls, call -> isSync(call, copy + "/blobs"));
        int fresh = last(calls, call -> isSync(call, copy + "/metadata.db.new"));
        int index =
                last(calls, call -> call.contains("rename") && call.contains("metadata.db.new"));
        int all = last(calls, call -> isSync(call, copy.toString()));
        List<Integer> order = List.of(lastContent, content, algorithms, fresh, index, all);
        assertEquals(order.stream().sorted().distinct().toList(), order, () -> "" + calls);
        assertTrue(lastContent >= 0, () -> "" + calls);
    }

    private static boolean isSync(String call, String path) {
        return call.contains("sync(") && call.contains("<" + path + ">");
    }

    private static int last(List<String> calls, Predicate<String> which) {
        return IntStream.range(0, calls.size())
                .filter(i -> which.test(calls.get(i)))
                .max()
                .orElse(-1);
    }
}
