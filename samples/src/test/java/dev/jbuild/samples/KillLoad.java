package dev.jbuild.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// The commands that are killed: what they build, pull, push, save, load and remove.
///
/// @param home a directory for contexts and archives
/// @param registry host and port
/// @param compressions what `--compression` takes; empty if the program has no such option
record KillLoad(Path home, String registry, List<String> compressions) {
    static final String BASE = "storm/base:1";

    /// Images that are there from the beginning and must stay as they are.
    static final List<String> KEPT = List.of("keep/copy:1", "keep/run:1", "keep/stages:1");

    /// An image that is in the registry, and mostly not in the store.
    static final String REMOTE = "remote:1";

    private static final int FILES = 150;

    /// What a command does.
    enum Kind {
        BUILD_COPY,
        BUILD_RUN,
        BUILD_STAGES,
        BUILD_BOUNDED,
        BUILD_PUSH,
        PULL,
        PUSH,
        SAVE,
        SAVE_DIRECTORY,
        LOAD,
        IMPORT,
        PRUNE,
        PRUNE_ALL,
        FSCK,
        DF,
        DIFF,
        VERIFY,
        VERIFY_REBUILD,
        TAG,
        RMI,
        RUN;

        boolean asksRegistry() {
            return this == PULL || this == PUSH || this == BUILD_PUSH || this == VERIFY;
        }

        /// Whether it writes outside the store, and sweeps there when it is run again.
        boolean writesElsewhere() {
            return this == SAVE || this == SAVE_DIRECTORY;
        }

        /// The exit code if nothing goes wrong: the images that are compared differ.
        int exitCode() {
            return this == DIFF ? 1 : 0;
        }

        String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /// A command to start.
    record Job(Kind kind, List<String> arguments) {}

    /// Makes the contexts and the base image's tar.
    ///
    /// @param id in the environment of every container, so that its processes can be told
    void prepare(Path id) throws IOException, InterruptedException {
        Path root = Files.createDirectories(home.resolve("base/bin"));
        Files.copy(Path.of("/bin/busybox"), root.resolve("busybox"));
        for (String applet : List.of("sh", "dd", "mkdir", "ln", "rm", "cat", "sleep", "chmod")) {
            Files.createSymbolicLink(root.resolve(applet), Path.of("busybox"));
        }
        run("tar", "-C", home.resolve("base").toString(), "-cf", baseTar().toString(), "bin");
        Path files = Files.createDirectories(context("copy").resolve("files"));
        Random random = new Random(42);
        for (int i = 0; i < FILES; i++) {
            byte[] content = new byte[random.nextInt(30_000)];
            random.nextBytes(content);
            Files.write(files.resolve("f" + i), content);
        }
        dockerfile("copy", "FROM scratch\nARG N=0\nCOPY files /files-$N\nCOPY files /more\n");
        dockerfile(
                "run",
                """
                FROM storm/base:1
                ENV STORM=%s
                ARG N=0
                RUN mkdir -p /data/$N && dd if=/bin/busybox of=/data/$N/a bs=64k 2>/dev/null
                RUN ln /data/$N/a /data/$N/b && sleep 0.1 && rm /bin/cat && chmod 700 /data/$N
                RUN sleep 30 & dd if=/dev/zero of=/data/zero bs=64k count=64 2>/dev/null
                """
                        .formatted(id));
        dockerfile(
                "stages",
                """
                FROM storm/base:1 AS a
                ENV STORM=%s
                ARG N=0
                RUN mkdir /a && dd if=/bin/busybox of=/a/$N bs=64k 2>/dev/null
                FROM storm/base:1 AS b
                ENV STORM=%s
                ARG N=0
                RUN mkdir /b && sleep 0.1 && dd if=/dev/zero of=/b/$N bs=64k count=32 2>/dev/null
                FROM storm/base:1
                COPY --from=a /a /a
                COPY --from=b /b /b
                COPY --chown=7:8 . /context
                """
                        .formatted(id, id));
    }

    private void dockerfile(String context, String text) throws IOException {
        Files.writeString(Files.createDirectories(context(context)).resolve("Dockerfile"), text);
        Files.writeString(context(context).resolve("note"), context + "\n");
    }

    Path context(String name) {
        return home.resolve("context-" + name);
    }

    Path baseTar() {
        return home.resolve("base.tar");
    }

    Path archive() {
        return home.resolve("load.tar");
    }

    Path saved() {
        return home.resolve("saved/out.tar");
    }

    Path savedDirectory() {
        return home.resolve("saved/layout");
    }

    /// What the remote image is signed with; `.key` and `.pub`.
    Path keys() {
        return home.resolve("storm");
    }

    /// The context that an image of [#KEPT] is built from.
    List<String> build(String kept, String name, String... options) {
        List<String> words = new ArrayList<>(List.of("build", "-q", "-t", name));
        words.addAll(List.of(options));
        words.add(contextOf(kept));
        return words;
    }

    private String contextOf(String kept) {
        return context(kept.replaceAll("keep/|:1", "")).toString();
    }

    /// @param others names that may be removed, each given to one job at most
    Job job(Random random, List<String> others) {
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        if (kind == Kind.RMI && others.isEmpty()) {
            kind = Kind.TAG;
        }
        String kept = KEPT.get(random.nextInt(KEPT.size()));
        int number = random.nextInt(1000);
        return new Job(
                kind,
                switch (kind) {
                    case BUILD_COPY -> anyBuild(random, "keep/copy:1");
                    case BUILD_RUN -> anyBuild(random, "keep/run:1");
                    case BUILD_STAGES -> anyBuild(random, "keep/stages:1");
                    case BUILD_BOUNDED -> {
                        List<String> words = anyBuild(random, kept);
                        words.addAll(1, List.of("--store-limit", "40MB"));
                        yield words;
                    }
                    case BUILD_PUSH -> {
                        String name = registry + "/built:" + random.nextInt(4);
                        List<String> words = anyBuild(random, kept, name);
                        words.addAll(1, List.of("--push"));
                        yield words;
                    }
                    case PULL -> List.of("pull", registry + "/" + REMOTE);
                    case PUSH -> List.of("push", kept, registry + "/p" + number + ":1");
                    case SAVE -> {
                        String format = random.nextBoolean() ? "oci" : "docker";
                        String out = saved().toString();
                        yield List.of("save", "--format", format, "-o", out, kept);
                    }
                    case SAVE_DIRECTORY -> {
                        String out = savedDirectory().toString();
                        yield List.of("save", "--format", "oci-dir", "-o", out, kept);
                    }
                    case LOAD -> List.of("load", "-i", archive().toString());
                    case IMPORT -> List.of("import", baseTar().toString(), "work/import:1");
                    case PRUNE -> List.of("prune");
                    case PRUNE_ALL -> List.of("prune", "--all");
                    case FSCK -> List.of("fsck");
                    case DF -> List.of("df");
                    case DIFF -> List.of("diff", KEPT.getFirst(), KEPT.getLast());
                    case VERIFY ->
                            List.of("verify", "--key", keys() + ".pub", registry + "/" + REMOTE);
                    case VERIFY_REBUILD -> List.of("verify", "--rebuild", kept, contextOf(kept));
                    case TAG -> List.of("tag", kept, "work/tag:" + number);
                    case RMI -> List.of("rmi", others.remove(random.nextInt(others.size())));
                    case RUN -> List.of("run", "keep/run:1", "/bin/sh", "-c", "sleep 0.2");
                });
    }

    private List<String> anyBuild(Random random, String kept) {
        return anyBuild(random, kept, "work/build:" + random.nextInt(4));
    }

    private List<String> anyBuild(Random random, String kept, String name) {
        List<String> options = new ArrayList<>();
        options.addAll(List.of("--build-arg", "N=" + random.nextInt(6)));
        if (random.nextInt(3) == 0) {
            options.add("--no-cache");
        }
        if (!compressions.isEmpty()) {
            options.add("--compression");
            options.add(compressions.get(random.nextInt(compressions.size())));
        }
        return build(kept, name, options.toArray(String[]::new));
    }

    private static void run(String... command) throws IOException, InterruptedException {
        if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
            throw new IOException("failed: " + String.join(" ", command));
        }
    }
}
