package dev.jbuild.dockerfile.bench;

import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.DockerfileParser;
import dev.jbuild.dockerfile.Source;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.dockerfile.WordExpander;
import dev.jbuild.dockerfile.check.BuildChecks;
import dev.jbuild.dockerfile.check.CheckReport;
import dev.jbuild.dockerfile.check.CheckRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/// How fast a Dockerfile is read, by its size; `bench/parser` runs it and prints MB/s.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgs = {"-Xms3g", "-Xmx3g", "-XX:+UseSerialGC"})
public class ParserBenchmark {
    /// 10 instructions in 19 lines, with what makes reading dear: continuations, flags, quotes,
    /// JSON, a heredoc; the number makes the stages differ.
    private static final String STAGE =
            """
            # build%1$d compiles
            FROM --platform=$BUILDPLATFORM golang:1.12-alpine AS build%1$d
            ARG VERSION=1.%1$d
            ENV A%1$d=1 B="two words" C=three\\ words D=${VERSION:-none}
            WORKDIR /src/$VERSION
            RUN --mount=type=cache,target=/root/.cache set -eux; \\
                apk add --no-cache git openssl ca-certificates; \\
                # why
                go build -ldflags "-X main.version=$VERSION" -o /out ./...
            COPY --chown=1:2 --chmod=0644 a b c /d/
            RUN <<EOF
            echo one
            echo two
            EOF
            LABEL org.opencontainers.image.title="title %1$d" org.opencontainers.image.version=$VERSION
            EXPOSE 80 443/tcp
            HEALTHCHECK --interval=5s CMD ["curl", "-f", "http://localhost/"]
            CMD ["/out", "--listen", ":80"]

            """;

    private static final Map<String, String> ENVIRONMENT =
            Map.of("VERSION", "1.2.3", "HOME", "/root", "EMPTY", "");
    private static final String WORD =
            "'a b' \"$HOME/bin\":${VERSION%.*}-${EMPTY:-${HOME##*/}} plain text and ${VERSION//./_} ";

    @Param({"1", "10", "50"})
    int megabytes;

    private byte[] dockerfile = {};
    private String word = "";

    @Setup(Level.Trial)
    public void generate() {
        StringBuilder text = new StringBuilder(megabytes * 1_000_000 + STAGE.length());
        for (int stage = 0; text.length() < megabytes * 1_000_000; stage++) {
            text.append(String.format(Locale.ROOT, STAGE, stage));
        }
        dockerfile = text.toString().getBytes(StandardCharsets.UTF_8);
        word = WORD.repeat(1_000_000 / WORD.length());
    }

    /// From a stream to typed instructions.
    @Benchmark
    public Dockerfile parse() throws IOException {
        return DockerfileParser.parse(
                Source.read("Dockerfile", new ByteArrayInputStream(dockerfile)));
    }

    /// The same and all build checks, which expand every word.
    @Benchmark
    public CheckReport check() throws IOException {
        return BuildChecks.check(
                Source.read("Dockerfile", new ByteArrayInputStream(dockerfile)),
                CheckRequest.of("linux/amd64"));
    }

    /// Words of 1 MB; one that becomes longer than 16 MiB is refused.
    @Benchmark
    public void expand(Blackhole results) throws WordException {
        WordExpander expander = new WordExpander('\\');
        for (int i = 0; i < megabytes; i++) {
            results.consume(expander.expand(word, ENVIRONMENT));
        }
    }
}
