package dev.jbuild.samples;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// What killed processes may leave, on disk and in the kernel, looked for while no jbuild but the
/// registry runs.
///
/// @param home the directory of all stores and files of the test; processes are known by its path
/// @param store where jbuild keeps its images
record KillTraces(Path home, Path store) {
    private static final long PATIENCE_MILLIS = 5_000;
    private static final Set<String> IN_STORE =
            Set.of(
                    "blobs",
                    "cache",
                    "index.copy",
                    "index.json",
                    "layers",
                    "lock",
                    "oci-layout",
                    "snapshots",
                    "tmp");
    private static final Set<String> IN_SNAPSHOT = Set.of("fs", "record", "size");
    private static final Pattern TEMPORARY = Pattern.compile(".*\\.(tmp|temp|partial|new)|run-.*");
    private static final Pattern CONTAINER = Pattern.compile("run-\\d+");

    /// What is in the store and should not be there, after a command has opened it.
    List<String> inStore() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path entry : entries(store)) {
            if (!IN_STORE.contains(name(entry))) {
                found.add("file " + entry);
            }
        }
        for (Path entry : entries(store.resolve("tmp"))) {
            if (!name(entry).equals("lock")) {
                found.add("temporary " + entry);
            }
        }
        for (String kind : List.of("overlay", "copy")) {
            Path snapshots = store.resolve("snapshots").resolve(kind);
            entries(snapshots.resolve("active")).forEach(lease -> found.add("lease " + lease));
            for (Path snapshot : entries(snapshots.resolve("s"))) {
                for (Path part : entries(snapshot)) {
                    if (!IN_SNAPSHOT.contains(name(part))) {
                        found.add("part of a snapshot " + part);
                    }
                }
            }
        }
        for (String part : List.of("blobs", "cache", "layers")) {
            found.addAll(temporaryFiles(store.resolve(part)));
        }
        return found;
    }

    private static List<String> temporaryFiles(Path directory) throws IOException {
        List<String> found = new ArrayList<>();
        if (Files.isDirectory(directory)) {
            Files.walkFileTree(
                    directory,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(
                                Path file, BasicFileAttributes attributes) {
                            if (TEMPORARY.matcher(name(file)).matches()) {
                                found.add("temporary " + file);
                            }
                            return FileVisitResult.CONTINUE;
                        }
                    });
        }
        return found;
    }

    /// What is left of killed processes in the kernel. The processes of a container end a moment
    /// after their jbuild.
    ///
    /// @param spared the registry, which lives on
    List<String> inKernel(long spared) throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        while (true) {
            List<String> found = new ArrayList<>();
            processesAndMounts(spared, found);
            cgroups(Path.of("/sys/fs/cgroup"), found);
            if (found.isEmpty() || System.nanoTime() > until) {
                return found;
            }
            Thread.sleep(50);
        }
    }

    private void processesAndMounts(long spared, List<String> found) throws IOException {
        Set<Path> namespaces = new HashSet<>();
        for (Path process : entries(Path.of("/proc"))) {
            if (!name(process).matches("\\d+")
                    || name(process).equals(Long.toString(spared))
                    || name(process).equals(Long.toString(ProcessHandle.current().pid()))) {
                continue;
            }
            String command = text(process.resolve("cmdline"));
            if (mine(command) || mine(text(process.resolve("environ")))) {
                found.add("process " + name(process) + " " + command.replace('\0', ' '));
            }
            try {
                if (namespaces.add(Files.readSymbolicLink(process.resolve("ns/mnt")))) {
                    text(process.resolve("mountinfo"))
                            .lines()
                            .filter(this::mine)
                            .forEach(mount -> found.add("mount of " + name(process) + " " + mount));
                }
            } catch (IOException ended) {
                // the process, and with it what it saw
            }
        }
    }

    private boolean mine(String text) {
        return text.contains(home.toString());
    }

    private static void cgroups(Path directory, List<String> found) throws IOException {
        for (Path entry : entries(directory)) {
            if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                if (CONTAINER.matcher(name(entry)).matches()) {
                    found.add("cgroup " + entry);
                }
                cgroups(entry, found);
            }
        }
    }

    static List<Path> entries(Path directory) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            files.forEach(entries::add);
        } catch (NoSuchFileException | java.nio.file.NotDirectoryException none) {
            return List.of();
        }
        entries.sort(null);
        return entries;
    }

    private static String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (IOException ended) {
            return ""; // the process, meanwhile
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }
}
