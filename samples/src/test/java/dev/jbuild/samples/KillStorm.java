package dev.jbuild.samples;

import dev.jbuild.samples.KillLoad.Job;
import dev.jbuild.samples.KillLoad.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// Commands on one store, some at a time, of which one is killed at a random moment; after each
/// kill all that could be wrong is looked for. The same seed starts the same commands, but the
/// moment they have come to is the machine's.
final class KillStorm implements AutoCloseable {
    private static final int KILLED = 128 + 9;
    private final BuiltTree tree;
    private final Path home;
    private final Path store;
    private final Random random;
    private final KillLoad load;
    private final KillTraces traces;
    private final int port;
    private final Map<String, String> environment;
    private final Map<String, String> kept = new TreeMap<>();
    private final Map<Kind, Double> millis = new HashMap<>();
    private final List<String> faults = new ArrayList<>();
    private final Map<String, Integer> kills = new TreeMap<>();
    private Process registry;
    private int outputs;

    private record Running(Job job, Process process, Path output, long since) {}

    /// @param home an empty directory, which the caller removes
    KillStorm(BuiltTree tree, Path home, long seed) throws IOException, InterruptedException {
        this.tree = tree;
        this.home = home;
        this.store = home.resolve("store");
        this.random = new Random(seed);
        this.environment =
                Map.of(
                        "JBUILD_ROOT",
                        store.toString(),
                        "JBUILD_JAVA_OPTS",
                        "-Djava.io.tmpdir=" + dir("java-tmp"),
                        "JBUILD_PASSWORD",
                        "storm");
        this.port = RegistryProcess.freePort();
        this.traces = new KillTraces(home, store);
        this.registry = RegistryProcess.start(tree, home, port);
        String help = must("help", "build").output();
        this.load =
                new KillLoad(
                        dir("work"),
                        "127.0.0.1:" + port,
                        help.contains("--compression ") || help.contains("--compression=")
                                ? List.of("gzip", "zstd", "none")
                                : List.of());
    }

    private Path dir(String name) throws IOException {
        return Files.createDirectories(home.resolve(name));
    }

    /// Fills the store and the registry.
    void prepare() throws IOException, InterruptedException {
        load.prepare(home);
        Files.createDirectories(load.saved().resolveSibling(""));
        must("import", load.baseTar().toString(), KillLoad.BASE);
        for (String name : KillLoad.KEPT) {
            must(load.build(name, name).toArray(String[]::new));
        }
        String remote = load.registry() + "/" + KillLoad.REMOTE;
        must(load.build("keep/run:1", remote, "--build-arg", "N=9").toArray(String[]::new));
        must("key", "generate", "--output-key-prefix", load.keys().toString());
        must("push", "--sign", load.keys() + ".key", remote);
        must("save", "-o", load.archive().toString(), remote);
        must("rmi", remote);
        must("prune", "--all");
        for (String name : KillLoad.KEPT) {
            kept.put(name, digestOf(name));
        }
        kept.put(KillLoad.BASE, digestOf(KillLoad.BASE));
    }

    /// How many processes were killed, by what they did.
    Map<String, Integer> kills() {
        return kills;
    }

    /// All that was wrong, in the order of time.
    List<String> faults() {
        return faults;
    }

    /// Goes on until so many were killed.
    void run(int count) throws IOException, InterruptedException {
        int done = 0;
        for (int round = 1; done < count; round++) {
            if (round > 5 * count + 20) {
                throw new AssertionError("of " + round + " rounds only " + done + " killed any");
            }
            if (killOne()) {
                done++;
            }
        }
    }

    private boolean killOne() throws IOException, InterruptedException {
        List<String> others = new ArrayList<>(names().keySet());
        others.removeIf(kept::containsKey);
        List<Running> running = new ArrayList<>();
        int jobs = 1 + random.nextInt(3);
        for (int i = 0; i < jobs; i++) {
            running.add(start(load.job(random, others)));
        }
        boolean atRegistry =
                running.stream().anyMatch(r -> r.job().kind().asksRegistry())
                        && random.nextInt(4) == 0;
        Running victim = running.get(random.nextInt(jobs));
        // Most time is the start of Java: more often after it.
        double part =
                random.nextInt(5) == 0 ? random.nextDouble() : 0.3 + 0.7 * random.nextDouble();
        Thread.sleep((long) (part * millis.getOrDefault(victim.job().kind(), 800.0)));
        boolean killed;
        String what = atRegistry ? "registry" : victim.job().kind().label();
        if (atRegistry) {
            registry.destroyForcibly().waitFor();
            killed = true;
        } else {
            victim.process().destroyForcibly();
            killed = victim.process().waitFor() == KILLED;
        }
        List<String> wrong = new ArrayList<>();
        for (Running other : running) {
            await(other, killed && !atRegistry && other.equals(victim), atRegistry, wrong);
        }
        if (atRegistry) {
            registry = RegistryProcess.start(tree, home, port);
        }
        if (killed) {
            kills.merge(what, 1, Integer::sum);
        }
        if (victim.job().kind().writesElsewhere()) {
            must(victim.job().arguments().toArray(String[]::new)); // sweeps where it writes
        }
        if (victim.job().kind() == Kind.SAVE_DIRECTORY) {
            must("load", "-i", load.savedDirectory().toString());
        }
        check(wrong);
        String which = running.stream().map(r -> r.job().kind().label()).toList().toString();
        wrong.forEach(
                fault ->
                        faults.add("after a kill of '" + what + "' among " + which + ": " + fault));
        return killed;
    }

    private Running start(Job job) throws IOException {
        Path output = home.resolve("output-" + outputs++);
        List<String> command = new ArrayList<>(List.of(tree.launcher().toString()));
        command.addAll(job.arguments());
        return new Running(
                job, tree.start(environment, output, command), output, System.nanoTime());
    }

    /// Those that were not killed go on as if nothing had happened.
    private void await(Running job, boolean killed, boolean noRegistry, List<String> wrong)
            throws IOException, InterruptedException {
        if (!job.process().waitFor(3, TimeUnit.MINUTES)) {
            job.process().destroyForcibly().waitFor();
            wrong.add("hangs: " + job.job().arguments());
        }
        int code = job.process().exitValue();
        if (code == job.job().kind().exitCode()) {
            double took = (System.nanoTime() - job.since()) / 1e6;
            millis.merge(job.job().kind(), took, (old, now) -> 0.7 * old + 0.3 * now);
        } else if (!killed && !(noRegistry && job.job().kind().asksRegistry())) {
            wrong.add(job.job().arguments() + " failed: " + Files.readString(job.output()));
        }
        Files.delete(job.output());
    }

    /// Whatever the next command is, it works and sweeps; `fsck` comes at the latest after it.
    private void check(List<String> wrong) throws IOException, InterruptedException {
        List<String> next =
                switch (random.nextInt(4)) {
                    case 0 -> load.build("keep/run:1", "keep/run:1");
                    case 1 -> List.of("pull", load.registry() + "/" + KillLoad.REMOTE);
                    case 2 -> List.of("df");
                    default -> List.of("fsck");
                };
        BuiltTree.Result first = jbuild(environment, next.toArray(String[]::new));
        if (first.exitCode() != 0) {
            wrong.add("next: " + next + " failed: " + first.output());
        }
        for (String left : traces.inStore()) {
            wrong.add("left after " + next.getFirst() + ": " + left);
        }
        BuiltTree.Result fsck = jbuild(environment, "fsck");
        if (fsck.exitCode() != 0) {
            wrong.add("damage: " + fsck.output());
            BuiltTree.Result repair = jbuild(environment, "fsck", "--repair");
            wrong.add("repair: " + repair.exitCode() + " " + repair.output());
        }
        Map<String, String> names = names();
        kept.forEach(
                (name, digest) -> {
                    if (!digest.equals(names.get(name))) {
                        wrong.add("lost: " + name + " is " + names.get(name) + ", not " + digest);
                    }
                });
        for (String left : traces.inStore()) {
            wrong.add("left: " + left);
        }
        for (String left : traces.inKernel(registry.pid())) {
            wrong.add("left: " + left);
        }
        inSavedDirectory().forEach(left -> wrong.add("left: " + left));
        for (String directory :
                List.of("java-tmp", "registry-tmp", "registry/libraries", "work/saved")) {
            for (Path file : KillTraces.entries(home.resolve(directory))) {
                if (!file.equals(load.saved()) && !file.equals(load.savedDirectory())) {
                    wrong.add("left: file " + file);
                }
            }
        }
    }

    /// What is in the layout that was saved and should not be there.
    private List<String> inSavedDirectory() throws IOException {
        List<String> left = new ArrayList<>();
        Path saved = load.savedDirectory();
        for (Path file : KillTraces.entries(saved)) {
            if (!List.of("blobs", "index.json", "oci-layout")
                    .contains(file.getFileName().toString())) {
                left.add("file " + file);
            }
        }
        for (Path blob : KillTraces.entries(saved.resolve("blobs/sha256"))) {
            if (!blob.getFileName().toString().matches("[0-9a-f]{64}")) {
                left.add("file " + blob);
            }
        }
        return left;
    }

    /// All again from the same inputs, with nothing kept but the base image; and what the registry
    /// has taken.
    void finish() throws IOException, InterruptedException {
        must("pull", load.registry() + "/" + KillLoad.REMOTE);
        for (String name : KillLoad.KEPT) {
            must("push", name, load.registry() + "/last:1");
        }
        for (String name : KillLoad.KEPT) {
            String again = name.replace("keep", "again");
            must(load.build(name, again, "--no-cache").toArray(String[]::new));
            if (!digestOf(again).equals(kept.get(name))) {
                faults.add(
                        "built again after all, "
                                + name
                                + " is "
                                + digestOf(again)
                                + ", not "
                                + kept.get(name));
            }
        }
        List<String> wrong = new ArrayList<>();
        check(wrong);
        wrong.forEach(fault -> faults.add("at the end: " + fault));
    }

    private Map<String, String> names() throws IOException {
        return StoreNames.of(store);
    }

    private String digestOf(String name) throws IOException {
        String digest = names().get(name);
        if (digest == null) {
            throw new AssertionError(name + " is not in the store: " + names());
        }
        return digest;
    }

    private BuiltTree.Result jbuild(Map<String, String> variables, String... arguments)
            throws IOException, InterruptedException {
        return tree.run(variables, tree.launcher(), arguments);
    }

    private BuiltTree.Result must(String... arguments) throws IOException, InterruptedException {
        BuiltTree.Result result = jbuild(environment, arguments);
        if (result.exitCode() != 0) {
            throw new AssertionError(
                    String.join(" ", arguments) + " failed: " + result.output() + faults);
        }
        return result;
    }

    @Override
    public void close() throws IOException {
        registry.destroyForcibly();
        ProcessHandle.current()
                .descendants()
                .sorted(Comparator.comparing(ProcessHandle::pid))
                .filter(child -> child.info().commandLine().orElse("").contains(home.toString()))
                .forEach(ProcessHandle::destroyForcibly);
    }
}
