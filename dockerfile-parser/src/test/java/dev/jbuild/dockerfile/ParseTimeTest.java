package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
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

    /// The same text in files of one size and of eight times that: in quadratic time the large
    /// ones would take eight times as long. Counts the processor's time, for the machine may be
    /// busy.
    @Test
    void large_files_take_no_longer_than_the_same_text_in_small_ones() {
        byte[] small = ORDINARY.repeat(100).getBytes(StandardCharsets.UTF_8);
        byte[] large = ORDINARY.repeat(800).getBytes(StandardCharsets.UTF_8);
        processorTime(small, 32);
        processorTime(large, 4);
        Duration inSmall = processorTime(small, 64);
        Duration inLarge = processorTime(large, 8);
        assertTrue(
                inLarge.compareTo(inSmall.multipliedBy(4).plusMillis(100)) < 0,
                "small: " + inSmall + ", large: " + inLarge);
    }

    private static Duration processorTime(byte[] bytes, int rounds) {
        Duration start = processorTime();
        for (int i = 0; i < rounds; i++) {
            Reading reading = DockerfileParser.read(Source.of("Dockerfile", bytes));
            assertTrue(reading.error().isEmpty());
        }
        return processorTime().minus(start);
    }

    private static Duration processorTime() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow();
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
            String text = start + unit.repeat(50_000 / unit.length());
            assertNotNull(DockerfileParser.read(Source.of("Dockerfile", text)));
        }
    }
}
