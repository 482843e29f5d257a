package dev.jbuild.dockerfile.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever the bytes are, reading ends, and ends in a value or in the error for it.
///
/// Coverage-guided, by Jazzer (https://github.com/CodeIntelligenceTesting/jazzer), from the seeds
/// under `fuzz/`, among them what was once read wrongly. Tries few inputs, the same ones every
/// time; [LongFuzz] goes on.
class FuzzTest {
    private static final int EXECUTIONS = 2_000;

    /// Fewer mean that the classes were not instrumented, or the seeds not read.
    private static final int LEAST_EDGES = 2_500;

    enum Target {
        DOCKERFILE(DockerfileTarget.class, DockerfileTarget::fuzzerTestOneInput),
        WORD(WordTarget.class, WordTarget::fuzzerTestOneInput),
        IGNORE(IgnoreTarget.class, IgnoreTarget::fuzzerTestOneInput);

        private final Class<?> type;
        private final Consumer<byte[]> method;

        Target(Class<?> type, Consumer<byte[]> method) {
            this.type = type;
            this.method = method;
        }

        Class<?> type() {
            return type;
        }

        Path seeds() {
            String name = "/fuzz/" + name().toLowerCase(Locale.ROOT);
            URL url = Objects.requireNonNull(FuzzTest.class.getResource(name), name);
            try {
                return Path.of(url.toURI());
            } catch (URISyntaxException e) {
                throw new IllegalStateException(name, e);
            }
        }
    }

    static Stream<Arguments> seeds() throws IOException {
        Stream.Builder<Arguments> all = Stream.builder();
        for (Target target : Target.values()) {
            try (Stream<Path> files = Files.list(target.seeds())) {
                files.sorted().forEach(f -> all.add(Arguments.of(target, f.getFileName(), f)));
            }
        }
        return all.build();
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("seeds")
    void seeds_have_every_property(Target target, Path name, Path seed) throws IOException {
        target.method.accept(Files.readAllBytes(seed));
    }

    @Test
    void inputs_that_reach_new_code_have_every_property(@TempDir Path directory) throws Exception {
        List<Path> seeds = Stream.of(Target.values()).map(Target::seeds).toList();
        Jazzer jazzer = new Jazzer(EveryTarget.class, directory, seeds);
        Jazzer.Outcome outcome =
                jazzer.run(
                        List.of("-XX:TieredStopAtLevel=1"),
                        List.of("-runs=" + EXECUTIONS, "-seed=1"));
        assertEquals(0, outcome.status(), outcome.log());
        assertTrue(outcome.executions() >= EXECUTIONS, outcome.log());
        assertTrue(outcome.edges() >= LEAST_EDGES, outcome.log());
    }
}
