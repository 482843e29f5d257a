package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The textual form of BuildKit's parse tree: frontend/dockerfile/parser, Node.Dump.
class AstDumpTest {

    private static String dump(String text) throws DockerfileException {
        return AstDump.of(Source.of("Dockerfile", text));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '%',
            value = {
                "FROM a | (from \"a\")",
                "FROM --platform=$P a  AS\tb | (from [\"--platform=$P\"] \"a\" \"AS\" \"b\")",
                "from | (from)",
                "RUN a  b | (run \"a  b\")",
                "RUN | (run)",
                "RUN [\"a\", \"b c\"] | (run \"a\" \"b c\")",
                "RUN [] | (run)",
                "RUN ['a'] | (run \"['a']\")",
                "RUN --mount=type=cache,target=/x --network=none a | (run"
                        + " [\"--mount=type=cache,target=/x\" \"--network=none\"] \"a\")",
                "RUN <<EOF | (run \"<<EOF\")",
                "CMD a b | (cmd \"a b\")",
                "ENTRYPOINT [\"a\"] | (entrypoint \"a\")",
                "COPY --from=x a b c/ | (copy [\"--from=x\"] \"a\" \"b\" \"c/\")",
                "COPY [\"a b\", \"c\"] | (copy \"a b\" \"c\")",
                "ADD a | (add \"a\")",
                "ENV a b  c | (env \"a\" \"b  c\" \"\")",
                "ENV a=1 b=\"2 3\" | (env \"a\" \"1\" \"=\" \"b\" \"\\\"2 3\\\"\" \"=\")",
                "LABEL a= | (label \"a\" \"\" \"=\")",
                "ENV | (env)",
                "ARG a b=1 | (arg \"a\" \"b=1\")",
                "EXPOSE 80  81/udp | (expose \"80\" \"81/udp\")",
                "VOLUME [\"/a\"] | (volume \"/a\")",
                "VOLUME /a /b | (volume \"/a\" \"/b\")",
                "USER a b | (user \"a b\")",
                "WORKDIR /a b | (workdir \"/a b\")",
                "STOPSIGNAL 9 | (stopsignal \"9\")",
                "MAINTAINER A <b> | (maintainer \"A <b>\")",
                "SHELL [\"a\",\"-c\"] | (shell \"a\" \"-c\")",
                "HEALTHCHECK NONE | (healthcheck \"NONE\")",
                "HEALTHCHECK --retries=1 cmd  a b | (healthcheck [\"--retries=1\"] \"cmd\" \"a b\")",
                "HEALTHCHECK CMD [\"a\",\"b\"] | (healthcheck \"CMD\" \"a\" \"b\")",
                "ONBUILD RUN a | (onbuild (run \"a\"))",
                "ONBUILD --x ADD --chown=a b c | (onbuild [\"--x\"] (add [\"--chown=a\"] \"b\" \"c\"))",
                "ONBUILD ONBUILD RUN | (onbuild (onbuild (run)))",
                "ONBUILD | (onbuild)",
                "FOO a | (foo \"\")",
                "FOO --x a | (foo [\"--x\"] \"\")",
                "\\ | (\"\")",
                "RUN \u00a0x\u00a0 | (run \"x\")",
                "RUN tab\there é \u200b | (run \"tab\\there é \\u200b\")",
            })
    void instruction_is_dumped(String line, String expected) throws Exception {
        String text = line.contains("<<EOF") ? line + "\nx\nEOF\n" : line + "\n";
        assertEquals(expected, dump(text));
    }

    @Test
    void every_instruction_is_one_line_and_the_last_has_no_end() throws Exception {
        assertEquals(
                "(from \"a\")\n(run \"b  c\")\n(cmd \"d\")",
                dump("# x\nFROM a\n\nRUN b \\\n# y\n c\nCMD d"));
    }

    @Test
    void health_checks_are_dumped_as_buildkit_does() throws Exception {
        String text =
                """
                FROM debian
                HEALTHCHECK
                HEALTHCHECK --interval=5s --timeout=3s \\
                  CMD /app/check.sh --quiet
                HEALTHCHECK CMD
                HEALTHCHECK   CMD   a b
                HEALTHCHECK CONNECT TCP 7000
                """;
        String expected =
                """
                (from "debian")
                (healthcheck)
                (healthcheck ["--interval=5s" "--timeout=3s"] "CMD" "/app/check.sh --quiet")
                (healthcheck "CMD")
                (healthcheck "CMD" "a b")
                (healthcheck "CONNECT" "TCP 7000")""";
        assertEquals(expected, dump(text));
    }

    @Test
    void bytes_that_are_no_utf8_are_escaped() throws Exception {
        byte[] bytes = "RUN a\u00e9b\n".getBytes(StandardCharsets.ISO_8859_1);
        assertEquals("(run \"a\\xe9b\")", AstDump.of(Source.of("Dockerfile", bytes)));
    }

    /// BuildKit reads flags byte by byte, so that é becomes two characters there.
    @Test
    void flags_that_are_not_ascii_come_out_as_in_buildkit() throws Exception {
        assertEquals("(copy [\"--chown=Ã©\"] \"é\" \"b\")", dump("COPY --chown=é é b\n"));
        assertEquals(
                "é",
                Parse.one(Instruction.Copy.class, "COPY --chown=é é b").options().chown().get());
    }

    @Test
    void what_can_not_be_split_is_refused() {
        assertThrows(DockerfileException.class, () -> dump("ENV a\n"));
        assertThrows(DockerfileException.class, () -> dump("RUN [1]\n"));
        assertThrows(DockerfileException.class, () -> dump("# nothing\n"));
    }

    @Test
    void deep_nesting_is_refused() throws Exception {
        assertEquals("(onbuild", dump("ONBUILD ".repeat(100) + "RUN x").substring(0, 8));
        assertThrows(DockerfileException.class, () -> dump("ONBUILD ".repeat(102) + "RUN x"));
    }

    @Test
    void byte_that_is_no_utf8_comes_out_as_from_buildkit() throws Exception {
        byte[] text =
                "F\u00ffM a\nENV a=\u00ff\nENV b \u00ff\nARG \u00ff\nRUN \u00ff\n"
                        .getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(
                """
                (f\uFFFDm "")
                (env "a" "\uFFFD" "=")
                (env "b" "\\xff" "")
                (arg "\uFFFD")
                (run "\\xff")""",
                AstDump.of(Source.of("Dockerfile", text)));
    }
}
