package dev.jbuild.samples;

import dev.jbuild.builder.upkeep.StoreHealing;
import dev.jbuild.overlay.CopySnapshotter;
import dev.jbuild.samples.PowerDisk.Kept;
import dev.jbuild.store.FileTrees;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.layout.ImageValidator;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Commands on one store, recorded while they run; the power fails at many moments of what was
/// recorded, and what the disk may hold then is looked at.
final class PowerCut {
    private static final int KILLED = 128 + 9;
    private static final int MOST_FAULTS = 20;
    private static final String GONE = "gone";
    private static final List<Kept> IN_TURN = List.of(Kept.NOTHING, Kept.NAMES, Kept.SOME);
    private static final Pattern UNSYNCED_SNAPSHOT =
            Pattern.compile(
                    ": (its record is damaged|its record is missing|it was not on disk yet when the"
                            + " machine stopped|a short name of a snapshot that is gone): it is"
                            + " unpacked again when needed$");

    private final BuiltTree tree;
    private final Path home;
    private final Path store;
    private final PowerDisk disk = new PowerDisk();
    private final Random random;
    private final int stride;
    private final List<String> faults = new ArrayList<>();

    /// What each name may stand for now.
    private Map<String, Set<String>> allowed = new TreeMap<>();

    private int changes;
    private int checks;

    /// @param home where the store is made and the recordings go
    /// @param stride of the calls that change something every so many-th is followed by a power cut
    PowerCut(BuiltTree tree, Path home, int stride, long seed) throws IOException {
        this.tree = tree;
        this.home = home;
        this.store = home.resolve("store");
        this.stride = stride;
        this.random = new Random(seed);
        Files.createDirectory(store);
    }

    /// All that was wrong.
    String faults() {
        return String.join("\n", faults);
    }

    int checks() {
        return checks;
    }

    /// Runs a command that must succeed; what it acknowledges is there from then on.
    void run(String... command) throws IOException, InterruptedException {
        Path record = home.resolve("record");
        Path output = home.resolve("output");
        Process process = start(output, PowerTrace.command(record), command);
        if (process.waitFor() != 0) {
            throw new AssertionError(String.join(" ", command) + ": " + Files.readString(output));
        }
        String what = "in '" + String.join(" ", command) + "'";
        allowed = oldOrNew(allowed, StoreNames.of(store));
        play(record, what);
        requireModelled();
        allowed = exactly(StoreNames.of(store));
        for (Kept kept : List.of(Kept.NOTHING, Kept.NAMES, Kept.SOME, Kept.SOME, Kept.SOME)) {
            check(kept, what.replace("in ", "after "));
        }
    }

    /// Runs a command that is killed when a thread of it begins its `count`-th fsync.
    ///
    /// @return false if it has ended before that
    boolean runKilled(int count, String... command) throws IOException, InterruptedException {
        Path record = home.resolve("record");
        Path output = home.resolve("output");
        Process process = start(output, PowerTrace.killing(record, count), command);
        int code = process.waitFor();
        if (code != 0 && code != KILLED) {
            throw new AssertionError(String.join(" ", command) + ": " + Files.readString(output));
        }
        allowed = oldOrNew(allowed, StoreNames.of(store));
        play(record, "in killed '" + String.join(" ", command) + "'");
        disk.adopt(store);
        return code == KILLED;
    }

    private Process start(Path output, List<String> strace, String... command) throws IOException {
        List<String> words = new ArrayList<>(strace);
        words.add(tree.launcher().toString());
        words.addAll(List.of(command));
        return tree.start(environment(store), output, words);
    }

    private Map<String, String> environment(Path root) {
        return Map.of(
                "JBUILD_ROOT", root.toString(), "JBUILD_JAVA_OPTS", "-Djava.io.tmpdir=" + home);
    }

    private void play(Path record, String what) throws IOException {
        PowerTrace.Listener listener =
                () -> {
                    if (changes++ % stride == 0) {
                        check(IN_TURN.get(checks % IN_TURN.size()), what);
                    }
                };
        new PowerTrace(store, disk, listener).play(record);
    }

    private static Map<String, Set<String>> oldOrNew(
            Map<String, Set<String>> before, Map<String, String> after) {
        Map<String, Set<String>> either = exactly(after);
        before.keySet().forEach(name -> either.putIfAbsent(name, new TreeSet<>(Set.of(GONE))));
        either.forEach((name, digests) -> digests.addAll(before.getOrDefault(name, Set.of(GONE))));
        return either;
    }

    private static Map<String, Set<String>> exactly(Map<String, String> names) {
        Map<String, Set<String>> exact = new TreeMap<>();
        names.forEach((name, digest) -> exact.put(name, new TreeSet<>(Set.of(digest))));
        return exact;
    }

    /// Cuts the power.
    private void check(Kept kept, String what) throws IOException {
        checks++;
        Path after = home.resolve("after");
        disk.afterPowerCut(after, kept, random);
        bootAnew(after);
        List<String> wrong = new ArrayList<>();
        try {
            look(after, wrong);
        } catch (IOException e) {
            wrong.add("can't be opened: " + e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        for (String fault : wrong) {
            if (faults.size() < MOST_FAULTS) {
                faults.add(what + " at change " + changes + ", kept " + kept + ": " + fault);
            }
        }
        if (!wrong.isEmpty() && !Files.exists(home.resolve("wrong"))) {
            Files.move(after, home.resolve("wrong"));
        } else {
            FileTrees.delete(after);
        }
    }

    /// What is wrong with a store.
    private void look(Path root, List<String> wrong) throws IOException, InterruptedException {
        try (Store opened = Store.open(root)) {
            Map<String, String> names = new TreeMap<>();
            for (NamedImage image : opened.images().list()) {
                String name = StoreNames.shortened(image.name().toString());
                names.put(name, image.descriptor().digest().toString());
                new ImageValidator(opened.blobs())
                        .check(image.descriptor(), ImageValidator.Depth.CONTENT)
                        .forEach(problem -> wrong.add(name + ": " + problem));
            }
            Set<String> all = new TreeSet<>(allowed.keySet());
            all.addAll(names.keySet());
            for (String name : all) {
                String is = names.getOrDefault(name, GONE);
                Set<String> digests = allowed.getOrDefault(name, Set.of(GONE));
                if (!digests.contains(is)) {
                    wrong.add(name + " is " + is + ", not of " + digests);
                }
            }
            new StoreHealing(
                            opened,
                            () -> new CopySnapshotter(root.resolve("snapshots/copy"), wrong::add),
                            (_, _) -> {},
                            line -> addUnlessUnsynced(line, wrong))
                    .check();
        }
    }

    /// Snapshots aren't synced while they are made. One that was not on disk yet is made again; of
    /// one that was, nothing is missing.
    private static void addUnlessUnsynced(String line, List<String> wrong) {
        if (!UNSYNCED_SNAPSHOT.matcher(line).find()) {
            wrong.add(line);
        }
    }

    /// The machine's boot has another name after a power cut.
    private static void bootAnew(Path root) throws IOException {
        String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        for (String kind : List.of("overlay", "copy")) {
            for (Path snapshot : KillTraces.entries(root.resolve("snapshots/" + kind + "/s"))) {
                Path record = snapshot.resolve("record");
                if (Files.exists(record)) {
                    String text = Files.readString(record, StandardCharsets.ISO_8859_1);
                    Files.writeString(
                            record,
                            text.replace(boot, "00000000-0000-0000-0000-000000000000"),
                            StandardCharsets.ISO_8859_1);
                }
            }
        }
    }

    /// The model shows the files that are there. What is in snapshots is written through mounts.
    private void requireModelled() throws IOException {
        PowerDisk real = new PowerDisk();
        real.adopt(store);
        Map<String, byte[]> expected = real.files();
        Map<String, byte[]> modelled = disk.files();
        expected.keySet().removeIf(name -> name.startsWith("/snapshots/"));
        modelled.keySet().removeIf(name -> name.startsWith("/snapshots/"));
        if (!expected.keySet().equals(modelled.keySet())) {
            throw new AssertionError(
                    "modelled: " + modelled.keySet() + ", there: " + expected.keySet());
        }
        expected.forEach(
                (name, content) -> {
                    if (!Arrays.equals(content, modelled.get(name))) {
                        throw new AssertionError("modelled with another content: " + name);
                    }
                });
    }
}
