package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.dockerfile.check.BuildChecks;
import dev.jbuild.dockerfile.check.CheckReport;
import dev.jbuild.dockerfile.check.CheckRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Whatever the bytes are, reading ends, and ends in a value or in a [DockerfileException].
///
/// Mutates the seeds under `fuzz/`, the same way every time. A longer run with other mutations:
///
/// ```
/// mvn -pl dockerfile-parser test -Dtest=FuzzTest \
///     -Dtest.jvm.args="-Dfuzz.seconds=3600 -Dfuzz.seed=7"
/// ```
class FuzzTest {
    private static final List<String> SEEDS =
            List.of(
                    "all-instructions",
                    "windows",
                    "bytes",
                    "expansion",
                    "json",
                    "heredocs",
                    "syntax");
    private static final List<String> TOKENS =
            List.of(
                    "\\\n",
                    "`\n",
                    "\n#",
                    "<<EOF",
                    "<<-'E'",
                    "\nEOF\n",
                    "${",
                    "}",
                    ":-",
                    "//",
                    "%%",
                    "[\"",
                    "\"]",
                    "--",
                    "--mount=",
                    "--from=",
                    "ONBUILD ",
                    "FROM ",
                    "# escape=`\n",
                    "# check=",
                    "\r\n",
                    "\uFEFF",
                    "\t",
                    " ",
                    "=",
                    "\"",
                    "'",
                    "\\",
                    "$",
                    "\0",
                    "\u00a0",
                    "é",
                    "😀",
                    "**",
                    "[a-",
                    "!",
                    ",",
                    ":",
                    "/",
                    "AS ");
    private static final Duration SLOW = Duration.ofSeconds(5);

    private final SplittableRandom random = new SplittableRandom(Long.getLong("fuzz.seed", 1));

    @Test
    void mutated_dockerfiles_are_read_or_refused() throws Exception {
        List<byte[]> seeds = new ArrayList<>();
        for (String name : SEEDS) {
            seeds.add(seed("dockerfile/" + name));
        }
        run(seeds, FuzzTest::readDockerfile);
    }

    @Test
    void mutated_ignore_files_are_read_or_refused() throws Exception {
        run(List.of(seed("ignore/patterns"), seed("ignore/broken")), FuzzTest::readIgnoreFile);
    }

    private interface Target {
        void accept(byte[] bytes);
    }

    private void run(List<byte[]> seeds, Target target) {
        long end = System.nanoTime() + 1_000_000_000L * Long.getLong("fuzz.seconds", 2);
        long executions = 0;
        List<byte[]> corpus = new ArrayList<>(seeds);
        for (byte[] seed : seeds) {
            execute(seed, target);
        }
        while (System.nanoTime() < end) {
            byte[] mutant = mutate(corpus.get(random.nextInt(corpus.size())), seeds);
            execute(mutant, target);
            executions++;
            if (corpus.size() < 200 && random.nextInt(50) == 0 && mutant.length < 20_000) {
                corpus.add(mutant);
            }
        }
        assertTrue(executions > 0, "no time for a single mutation");
    }

    private static void execute(byte[] bytes, Target target) {
        long start = System.nanoTime();
        try {
            target.accept(bytes);
        } catch (RuntimeException | StackOverflowError e) {
            throw new AssertionError("crashes on " + hex(bytes), e);
        }
        if (System.nanoTime() - start > SLOW.toNanos()) {
            throw new AssertionError("takes too long on " + hex(bytes));
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private byte[] mutate(byte[] from, List<byte[]> seeds) {
        byte[] bytes = from;
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            bytes = mutateOnce(bytes, seeds);
        }
        return bytes;
    }

    private byte[] mutateOnce(byte[] bytes, List<byte[]> seeds) {
        int at = random.nextInt(bytes.length + 1);
        int to = Math.min(bytes.length, at + random.nextInt(1 << random.nextInt(8)));
        return switch (random.nextInt(6)) {
            case 0 -> splice(bytes, at, to, new byte[0]);
            case 1 -> splice(bytes, at, at, new byte[] {(byte) random.nextInt(256)});
            case 2 -> splice(bytes, at, Math.min(bytes.length, at + 1), token());
            case 3 -> splice(bytes, at, at, token());
            case 4 -> splice(bytes, at, at, slice(bytes));
            default -> splice(bytes, at, to, slice(seeds.get(random.nextInt(seeds.size()))));
        };
    }

    private byte[] token() {
        String token = TOKENS.get(random.nextInt(TOKENS.size()));
        int times = random.nextInt(20) == 0 ? 1 << random.nextInt(12) : 1;
        return token.repeat(times).getBytes(StandardCharsets.UTF_8);
    }

    private byte[] slice(byte[] bytes) {
        int from = random.nextInt(bytes.length + 1);
        int to = Math.min(bytes.length, from + random.nextInt(200));
        return Arrays.copyOfRange(bytes, from, to);
    }

    private static byte[] splice(byte[] bytes, int from, int to, byte[] with) {
        byte[] out = new byte[bytes.length - (to - from) + with.length];
        System.arraycopy(bytes, 0, out, 0, from);
        System.arraycopy(with, 0, out, from, with.length);
        System.arraycopy(bytes, to, out, from + with.length, bytes.length - to);
        return out;
    }

    /// Everything that is done with a Dockerfile before it is built.
    static void readDockerfile(byte[] bytes) {
        Source source = Source.of("Dockerfile", bytes);
        try {
            assertTrue(!AstDump.of(source).isEmpty());
        } catch (DockerfileException e) {
            assertTrue(!e.render().isEmpty());
        }
        CheckReport report = BuildChecks.check(source, CheckRequest.of("linux/amd64"));
        report.error().ifPresent(e -> assertTrue(!e.render().isEmpty()));
        Reading reading = DockerfileParser.read(source);
        for (Instruction instruction : reading.instructions()) {
            assertTrue(instruction.range().lastLine() <= source.lineCount());
            if (instruction instanceof Instruction.Onbuild onbuild) {
                readTrigger(onbuild);
            }
        }
        try {
            Expansion expansion =
                    new WordExpander('\\')
                            .expand(
                                    new String(bytes, StandardCharsets.UTF_8),
                                    Map.of("A", "aab", "B", "a*b\nc"));
            assertTrue(expansion.words().size() <= expansion.text().length());
        } catch (WordException e) {
            assertTrue(!e.problem().isEmpty());
        }
    }

    private static void readTrigger(Instruction.Onbuild onbuild) {
        try {
            Objects.requireNonNull(DockerfileParser.parseTrigger("base", onbuild.expression()));
        } catch (DockerfileException e) {
            assertTrue(!e.getMessage().isEmpty());
        }
    }

    static void readIgnoreFile(byte[] bytes) {
        try {
            DockerIgnore ignore =
                    DockerIgnore.parse(new String(bytes, StandardCharsets.ISO_8859_1));
            for (String path : List.of("a", "a/b/c.md", "keep/x/é", "README.md")) {
                assertTrue(!ignore.mayPrune(path) || ignore.excludes(path));
            }
        } catch (WordException e) {
            assertTrue(!e.problem().isEmpty());
        }
    }

    private static byte[] seed(String name) {
        try (InputStream in =
                Objects.requireNonNull(FuzzTest.class.getResourceAsStream("/fuzz/" + name), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
