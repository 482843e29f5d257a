package dev.jbuild.dockerfile.check;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.DockerfileParser;
import dev.jbuild.dockerfile.Source;
import dev.jbuild.dockerfile.SourceRange;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// https://docs.docker.com/reference/cli/docker/buildx/build/#call.
class OutlineTest {
    private static final String TEXT =
            """
            ARG inherited=box
            ARG inherited2=box2
            ARG unused=abc${inherited2}
            # sfx is a suffix
            ARG sfx="usy${inherited}"

            FROM b${sfx} AS builder
            # v is the version
            ARG v=1
            RUN --mount=type=secret,target=/etc/passwd,required=true --mount=type=ssh true

            # second is not used by the first
            FROM alpine AS second
            ARG w=2
            RUN --mount=type=secret,id=unused --mount=type=ssh,id=ssh2,required true

            # app is the one
            FROM scratch AS app
            ARG inherited
            COPY --from=builder / /
            RUN --mount=type=cache,target=/root/.cache x
            """;

    private static Dockerfile file() throws Exception {
        return DockerfileParser.parse(Source.of("Dockerfile", TEXT));
    }

    private static Optional<String> some(String s) {
        return Optional.of(s);
    }

    @Test
    void outline_has_what_the_target_and_its_stages_use() throws Exception {
        Outline outline = Outline.of(file(), CheckRequest.of("linux/amd64"));
        assertEquals(some("app"), outline.name());
        assertEquals(some("is the one"), outline.description());
        assertEquals(
                List.of(
                        new Outline.Argument(
                                "inherited", some("box"), Optional.empty(), new SourceRange(1, 1)),
                        new Outline.Argument(
                                "sfx", some("usybox"), some("is a suffix"), new SourceRange(5, 5)),
                        new Outline.Argument(
                                "v", some("1"), some("is the version"), new SourceRange(9, 9))),
                outline.arguments());
        assertEquals(
                List.of(new Outline.Need("passwd", true, new SourceRange(10, 10))),
                outline.secrets());
        assertEquals(
                List.of(new Outline.Need("default", false, new SourceRange(10, 10))),
                outline.sshAgents());
        assertEquals(
                List.of(new Outline.Need("/root/.cache", false, new SourceRange(21, 21))),
                outline.caches());
    }

    @Test
    void another_target_has_another_outline() throws Exception {
        Outline outline = Outline.of(file(), CheckRequest.of("linux/amd64").withTarget("second"));
        assertEquals(List.of("w"), outline.arguments().stream().map(a -> a.name()).toList());
        assertEquals(
                List.of(new Outline.Need("ssh2", true, new SourceRange(15, 15))),
                outline.sshAgents());
    }

    @Test
    void argument_has_the_value_that_the_build_gives() throws Exception {
        Outline outline =
                Outline.of(
                        file(),
                        CheckRequest.of("linux/amd64").withBuildArgs(Map.of("sfx", "x", "v", "2")));
        assertEquals(
                List.of(some("box"), some("x"), some("2")),
                outline.arguments().stream().map(a -> a.value()).toList());
    }

    @Test
    void targets_are_the_stages() throws Exception {
        List<Target> targets = Target.of(file());
        assertEquals(
                List.of(some("builder"), some("second"), some("app")),
                targets.stream().map(Target::name).toList());
        assertEquals(List.of(false, false, true), targets.stream().map(Target::isDefault).toList());
        assertEquals("b${sfx}", targets.getFirst().base());
        assertEquals(some("is the one"), targets.getLast().description());
        assertEquals(new SourceRange(18, 18), targets.getLast().range());
    }
}
