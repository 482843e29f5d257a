package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Reading takes time linear in the size of the file.
class ParseTimeTest {
    private static final String ORDINARY =
            """
            # build compiles
            FROM --platform=$BUILDPLATFORM golang:1.12-alpine AS build
            ENV A=1 B="two words" C=three\\ words
            RUN --mount=type=cache,target=/root/.cache set -eux; \\
                apk add --no-cache git; \\
                # why
                go build -o /out ./...
            COPY --from=build --chown=1:2 a b c /d/
            RUN <<EOF
            echo one
            EOF
            HEALTHCHECK --interval=5s CMD ["curl", "-f", "http://localhost/"]
            """;

    /// Quadratic time would take 64 times as long; half of that leaves room for a busy machine.
    @Test
    void eight_times_the_file_takes_about_eight_times_as_long() {
        byte[] small = ORDINARY.repeat(50).getBytes(StandardCharsets.UTF_8);
        byte[] large = ORDINARY.repeat(400).getBytes(StandardCharsets.UTF_8);
        best(large, 20);
        long one = best(small, 50);
        long eight = best(large, 50);
        assertTrue(eight < 32 * one, "small: " + one + " ns, large: " + eight + " ns");
    }

    private static long best(byte[] bytes, int rounds) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < rounds; i++) {
            long start = System.nanoTime();
            Reading reading = DockerfileParser.read(Source.of("Dockerfile", bytes));
            best = Math.min(best, System.nanoTime() - start);
            assertTrue(reading.error().isEmpty());
        }
        return best;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\\n",
                "RUN \\\n",
                "\n",
                "#\n",
                "# a\n",
                "RUN <<E\nE\n",
                "RUN a <<E ",
                "COPY <<E ",
                "ENV a=\"",
                "ENV a='b c' ",
                "RUN [\"a\", ",
                "RUN [[",
                "--a ",
                "RUN --mount=",
                "'\"",
                "${a:-",
                "$a",
                "ONBUILD ",
                "ONBUILD \\\n",
                "FROM a AS b\n",
                "ARG a=$a$a\n",
                "\u00a0",
                "\uFEFF",
                "\0",
            })
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void a_lot_of_anything_ends(String unit) {
        for (String start : new String[] {"", "FROM a\nRUN x ", "FROM a\nENV ", "FROM a\nCOPY "}) {
            String text = start + unit.repeat(100_000 / unit.length());
            assertNotNull(DockerfileParser.read(Source.of("Dockerfile", text)));
        }
    }
}
