package dev.jbuild.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `jbuild check`, as it is typed.
class CheckCommandTest {
    private static final String WORKSHOP =
            """
            ARG base=scratch

            # tools is where things are made
            FROM ${base} AS tools
            # version is of the tool
            ARG version=1.2
            RUN --mount=type=secret,id=token,required=true --mount=type=ssh --mount=type=cache,target=/c x

            FROM scratch
            COPY --from=tools /out /
            """;

    @TempDir Path directory;
    private Path context;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void make_a_context() throws Exception {
        context = Files.createDirectory(directory.resolve("app"));
    }

    @Test
    void a_clean_file_has_no_warnings() throws Exception {
        dockerfile("FROM scratch\nCMD [\"/app\"]\n");
        assertEquals(0, check());
        assertEquals("APP/Dockerfile: no warnings\n", out());
        assertEquals("", err());
    }

    @Test
    void the_sample_image_of_the_registry_has_no_warnings() throws Exception {
        dockerfile(Files.readString(Path.of("../samples/registry/Dockerfile")));
        for (String copied : List.of("runtime", "lib", "data")) {
            Files.createDirectory(context.resolve(copied));
        }
        assertEquals(0, check());
        assertEquals("APP/Dockerfile: no warnings\n", out());
        assertEquals("", err());
    }

    @Test
    void a_warning_shows_the_line_and_where_to_read_on() throws Exception {
        dockerfile("FROM scratch AS Tools\nMAINTAINER me\n");
        assertEquals(0, check());
        assertEquals(
                """
                APP/Dockerfile:1: warning: StageNameCasing: Stage name 'Tools' should be lowercase
                   1 | FROM scratch AS Tools
                     = Stage names should be lowercase
                     = docs/checks.md#stagenamecasing

                APP/Dockerfile:2: warning: MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label
                   2 | MAINTAINER me
                     = The MAINTAINER instruction is deprecated, use a label instead to define an image author
                     = docs/checks.md#maintainerdeprecated

                APP/Dockerfile: 2 warnings
                """,
                out());
        assertEquals("", err());
    }

    @Test
    void what_would_steer_a_terminal_is_not_shown() throws Exception {
        dockerfile("FROM scratch\nCOPY a\u001b[31m /\n");
        Files.writeString(context.resolve(".dockerignore"), "a*\n");
        assertEquals(0, check());
        assertTrue(out().contains("CopyIgnoredFile: "), out());
        assertTrue(out().contains("a\ufffd[31m"), out());
        assertFalse(out().contains("\u001b"), out());
    }

    @Test
    void what_would_steer_a_terminal_is_not_in_the_outline() throws Exception {
        dockerfile("FROM scratch\nARG a=\u001b[2J\n");
        assertEquals(0, check("--call", "outline"));
        assertTrue(out().contains("\ufffd[2J"), out());
        assertFalse(out().contains("\u001b"), out());
    }

    @Test
    void the_json_is_that_of_docker_with_the_file_and_the_level() throws Exception {
        dockerfile("FROM scratch\nRUN a \\\n\n  b\n");
        assertEquals(0, check("--format", "json"));
        assertEquals(
                """
                {
                  "warnings" : [ {
                    "ruleName" : "NoEmptyContinuation",
                    "description" : "Empty continuation lines will become errors in a future release",
                    "url" : "docs/checks.md#noemptycontinuation",
                    "detail" : "Empty continuation line",
                    "level" : 1,
                    "file" : "APP/Dockerfile",
                    "location" : {
                      "ranges" : [ {
                        "start" : {
                          "line" : 4
                        },
                        "end" : {
                          "line" : 4
                        }
                      } ]
                    }
                  } ],
                  "sources" : [ {
                    "filename" : "APP/Dockerfile",
                    "language" : "Dockerfile"
                  } ]
                }
                """,
                out());
    }

    @Test
    void warnings_fail_when_the_file_the_command_or_the_build_argument_asks_for_it()
            throws Exception {
        dockerfile("# check=error=true\nFROM scratch AS Tools\n");
        assertEquals(1, check());
        assertEquals("jbuild: lint violation found for rules: StageNameCasing\n", err());
        dockerfile("FROM scratch AS Tools\n");
        assertEquals(0, check());
        assertEquals(1, check("--error"));
        assertEquals(1, check("--build-arg", "BUILDKIT_DOCKERFILE_CHECK=error=true"));
    }

    @Test
    void a_rule_left_out_is_not_told_and_an_unknown_one_is() throws Exception {
        dockerfile("# check=skip=StageNameCasing,MaintainerDeprecatd\nFROM scratch AS Tools\n");
        assertEquals(0, check());
        assertEquals("APP/Dockerfile: no warnings\n", out());
        assertEquals(
                "warning: there is no check 'MaintainerDeprecatd' (did you mean"
                        + " MaintainerDeprecated?)\n",
                err());
    }

    @Test
    void wrong_settings_in_the_build_argument_are_named() throws Exception {
        dockerfile("FROM scratch\n");
        assertEquals(1, check("--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skipp=all"));
        assertTrue(
                err().startsWith(
                                "jbuild: --build-arg BUILDKIT_DOCKERFILE_CHECK=skipp=all: invalid"
                                        + " check option \"skipp\""),
                err());
    }

    @Test
    void a_broken_file_fails_with_the_line_and_keeps_the_warnings_before_it() throws Exception {
        dockerfile("FROM scratch AS Tools\nCOPPY a b\n");
        assertEquals(1, check());
        assertTrue(out().contains("Dockerfile:1: warning: StageNameCasing"), out());
        assertTrue(err().contains("Dockerfile:2: "), err());
        assertTrue(err().contains("unknown instruction: COPPY (did you mean COPY?)"), err());
        assertTrue(err().contains("   2 | COPPY a b\n     | ^^^^^"), err());
    }

    @Test
    void a_broken_file_is_told_in_json_too() throws Exception {
        dockerfile("COPPY a b\n");
        assertEquals(1, check("--format=json"));
        assertTrue(
                out().contains(
                                "\"message\" : \"dockerfile parse error on line 1: unknown instruction: COPPY"),
                out());
    }

    @Test
    void every_stage_is_looked_at_unless_one_is_asked_for() throws Exception {
        dockerfile("FROM scratch AS a\nCOPY $x /\n\nFROM scratch AS b\nCOPY y /\n");
        check();
        assertTrue(out().contains("UndefinedVar"), out());
        out.reset();
        check("--target", "b");
        assertEquals("APP/Dockerfile: no warnings\n", out());
    }

    @Test
    void an_unknown_target_is_refused_with_a_suggestion() throws Exception {
        dockerfile("FROM scratch AS build\n");
        assertEquals(1, check("--target", "biuld"));
        assertTrue(
                err().contains("target stage \"biuld\" could not be found (did you mean build?)"),
                err());
    }

    @Test
    void copying_an_ignored_file_is_found_by_the_ignore_file_of_the_context() throws Exception {
        dockerfile("FROM scratch\nCOPY secret /\n");
        Files.writeString(context.resolve(".dockerignore"), "secret\n");
        check();
        assertTrue(out().contains("CopyIgnoredFile"), out());
        out.reset();
        Files.writeString(context.resolve("Dockerfile.dockerignore"), "other\n");
        check();
        assertEquals("APP/Dockerfile: no warnings\n", out());
    }

    @Test
    void base_images_of_the_store_are_known() throws Exception {
        dockerfile("FROM scratch\nENV HOME_OF_TOOLS=/t\n");
        assertEquals(0, run("build", "-t", "tools", context.toString()));
        out.reset();
        dockerfile("FROM tools\nENV A=$HOME_OF_TOOLS B=$HOME_OF_TOOL\n");
        assertEquals(0, check());
        assertTrue(out().contains("'$HOME_OF_TOOL'"), out());
        assertFalse(out().contains("'$HOME_OF_TOOLS'"), out());
    }

    @Test
    void no_store_is_made() throws Exception {
        dockerfile("FROM scratch\n");
        check();
        assertFalse(Files.exists(directory.resolve("store")));
    }

    @Test
    void a_file_may_be_named_or_come_from_standard_input() throws Exception {
        Files.writeString(context.resolve("Other"), "FROM scratch AS A\n");
        assertEquals(0, check("-f", context.resolve("Other").toString()));
        assertTrue(out().startsWith("APP/Other:1: warning: StageNameCasing"), out());
        out.reset();
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream("FROM scratch AS B\n".getBytes(UTF_8)));
        try {
            assertEquals(0, check("-f", "-"));
        } finally {
            System.setIn(before);
        }
        assertTrue(out().startsWith("stdin:1: warning: StageNameCasing"), out());
    }

    @Test
    void the_parse_tree_is_dumped_one_instruction_a_line() throws Exception {
        dockerfile(
                "FROM scratch AS b\nCOPY --chown=1:2 --link a\\\n \"b\" /\nCMD [\"x\", \"y\\n\"]\n");
        assertEquals(0, check("--format", "ast"));
        assertEquals(
                """
                (from "scratch" "AS" "b")
                (copy ["--chown=1:2" "--link"] "a" "\\"b\\"" "/")
                (cmd "x" "y\\n")
                """,
                out());
    }

    @Test
    void outline_lists_what_a_build_can_be_given() throws Exception {
        dockerfile(WORKSHOP);
        assertEquals(0, check("--call", "outline"));
        assertEquals(
                """
                TARGET:  (default)

                BUILD ARG  VALUE    DESCRIPTION
                base       scratch
                version    1.2      is of the tool

                SECRET  REQUIRED
                token   yes

                SSH      REQUIRED
                default  no

                CACHE MOUNT
                /c
                """,
                out());
    }

    @Test
    void outline_shows_what_the_build_sets() throws Exception {
        dockerfile(WORKSHOP);
        assertEquals(
                0,
                check(
                        "--call=outline",
                        "--target=tools",
                        "--build-arg=version=2",
                        "--format=json"));
        assertTrue(out().contains("\"name\" : \"tools\""), out());
        assertTrue(out().contains("\"description\" : \"is where things are made\""), out());
        assertTrue(out().contains("\"value\" : \"2\""), out());
        assertTrue(out().contains("\"required\" : true"), out());
    }

    @Test
    void targets_lists_the_stages() throws Exception {
        dockerfile(WORKSHOP);
        assertEquals(0, check("--call", "targets"));
        assertEquals(
                """
                TARGET     BASE     DESCRIPTION
                tools      ${base}  is where things are made
                (default)  scratch
                """,
                out());
    }

    @Test
    void a_word_that_is_no_choice_is_wrong_usage() throws Exception {
        dockerfile("FROM scratch\n");
        assertEquals(2, check("--call", "outlin"));
        assertEquals(
                "jbuild: --call outlin: it is one of check, outline, targets; did you mean"
                        + " 'outline'?\n",
                err());
        err.reset();
        assertEquals(2, check("--format", "xml"));
        assertEquals("jbuild: --format xml: it is one of text, json, ast\n", err());
        assertEquals(2, check("--format", "ast", "--call", "targets"));
    }

    @Test
    void a_build_tells_the_warnings_of_its_stages_once_at_the_end() throws Exception {
        dockerfile("FROM scratch AS a\nENV A=$C\n\nFROM scratch AS b\nENV A=$B\n");
        assertEquals(0, run("build", context.toString()));
        assertTrue(
                err().endsWith(
                                "APP/Dockerfile:5: warning: UndefinedVar: Usage of undefined"
                                        + " variable '$B'\n"),
                err());
        assertFalse(err().contains("$C"), err());
        assertEquals(1, err().split("UndefinedVar", -1).length - 1);
    }

    @Test
    void a_build_fails_on_warnings_if_the_file_says_so() throws Exception {
        dockerfile("# check=error=true\nFROM scratch AS A\nENV A=1\n");
        assertEquals(1, run("build", "-t", "app", context.toString()));
        assertTrue(
                err().endsWith("jbuild: lint violation found for rules: StageNameCasing\n"), err());
        out.reset();
        run("images", "-q");
        assertEquals("", out());
    }

    private void dockerfile(String text) throws IOException {
        Files.writeString(context.resolve("Dockerfile"), text);
    }

    private int check(String... options) {
        List<String> words = new ArrayList<>(List.of("check"));
        words.addAll(List.of(options));
        words.add(context.toString());
        return run(words.toArray(String[]::new));
    }

    private int run(String... words) {
        Map<String, String> environment =
                Map.of("JBUILD_ROOT", directory.resolve("store").toString());
        Console console =
                new Console(
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8),
                        environment,
                        false);
        return Main.run(List.of(words), console);
    }

    private String out() {
        return out.toString(UTF_8).replace(context.toString(), "APP");
    }

    private String err() {
        return err.toString(UTF_8).replace(context.toString(), "APP");
    }
}
