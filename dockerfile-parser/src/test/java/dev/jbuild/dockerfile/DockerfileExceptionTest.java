package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DockerfileExceptionTest {

    @Test
    void message_says_what_where_and_how_to_mend_it() {
        DockerfileException e = Parse.failure("FROM scratch\nCOPY --form=build /a /b\n");
        assertEquals("Dockerfile", e.file());
        assertEquals(Optional.of(new SourceRange(2, 2)), e.range());
        assertEquals(
                "Dockerfile:2: dockerfile parse error on line 2: unknown flag: --form (did you mean"
                        + " from?). the flags here are --from, --chown, --chmod, --link, --parents,"
                        + " --exclude",
                e.getMessage());
    }

    @Test
    void render_shows_the_lines_and_marks_the_part() {
        DockerfileException e =
                Parse.failure("FROM scratch\nCOPY \\\n\t--form=build \\\n  /a /b\nRUN x\n");
        assertEquals(
                List.of(
                        "   2 | COPY \\",
                        "   3 | \t--form=build \\",
                        "     | \t^^^^^^",
                        "   4 |   /a /b"),
                e.render().lines().skip(1).toList());
    }

    @Test
    void whole_line_is_marked_if_no_part_is_known() {
        DockerfileException e = Parse.failure("FROM scratch\n  FROM a b\n");
        assertTrue(e.render().endsWith("   2 |   FROM a b\n     |   ^^^^"));
    }

    @Test
    void long_instruction_is_cut() {
        String body = "x\n".repeat(100);
        DockerfileException e = Parse.failure("FROM scratch\nRUN <<EOF\n" + body);
        assertTrue(e.render().endsWith("  13 | x\n     | ..."));
    }

    @Test
    void long_line_is_cut_around_the_part() {
        String line = "COPY " + "a ".repeat(500) + "--form=x " + "b ".repeat(500);
        DockerfileException e =
                new WordException("no", "mend it", "--form=x")
                        .in(Source.of("Dockerfile", line), new SourceRange(1, 1));
        List<String> lines = e.render().lines().toList();
        assertEquals(3, lines.size());
        assertEquals(
                "   1 | ..." + "a ".repeat(38) + "--form=x " + "b ".repeat(37) + "b...",
                lines.get(1));
        assertEquals("     |    " + " ".repeat(76) + "^^^^^^^^", lines.get(2));
    }

    @Test
    void part_longer_than_a_line_is_marked_as_far_as_it_is_shown() {
        DockerfileException e =
                new WordException("no", "mend it", "x".repeat(1_000))
                        .in(
                                Source.of("Dockerfile", "RUN " + "x".repeat(1_000)),
                                new SourceRange(1, 1));
        List<String> lines = e.render().lines().toList();
        assertEquals("   1 | RUN " + "x".repeat(156) + "...", lines.get(1));
        assertEquals("     |     " + "^".repeat(156), lines.get(2));
    }

    @Test
    void message_steers_no_terminal() {
        DockerfileException e = Parse.failure("FROM scratch\nF\u001b[2JO \u202e\u0085\n");
        assertFalse(e.render().chars().anyMatch(c -> c != '\n' && Character.isISOControl(c)));
        assertFalse(e.render().contains("\u202e"));
    }

    @Test
    void lines_before_a_far_part_are_left_out() {
        String body = "\\\n  a".repeat(20);
        DockerfileException e =
                new WordException("no", "mend it", "--x")
                        .in(
                                Source.of("Dockerfile", "RUN " + body + " --x\n"),
                                new SourceRange(1, 21));
        assertEquals(
                List.of("     | ...", "  21 |   a --x", "     |     ^^^"),
                e.render().lines().skip(1).toList());
    }

    @Test
    void trigger_of_a_foreign_base_is_said_to_stand_at_the_from() throws Exception {
        Dockerfile file = Parse.file("FROM scratch AS a\nFROM b AS c\nRUN x\n");
        Stage stage = file.stages().getLast();
        assertEquals(new SourceRange(2, 2), file.trigger(stage, "RUN x").range());
        DockerfileException e =
                assertThrows(DockerfileException.class, () -> file.trigger(stage, "FROM d"));
        assertEquals(
                "Dockerfile:2: can't run the ONBUILD trigger \"FROM d\" of the base \"b\": FROM"
                        + " isn't allowed as an ONBUILD trigger. remove it",
                e.getMessage());
    }

    @Test
    void trigger_of_a_stage_is_said_to_stand_at_its_onbuild() throws Exception {
        Dockerfile file =
                Parse.file("FROM b AS a\nONBUILD RUN x\nONBUILD RUN \\\n y\nFROM a AS c\n");
        Stage stage = file.stages().getLast();
        assertEquals(new SourceRange(2, 2), file.trigger(stage, "RUN x").range());
        assertEquals(new SourceRange(3, 4), file.trigger(stage, "RUN  y").range());
    }

    @Test
    void what_would_steer_a_terminal_is_not_shown() {
        DockerfileException e = Parse.failure("FROM scratch\nFOO \u001b[31m\u0007\n");
        assertFalse(e.render().contains("\u001b"));
        assertTrue(e.render().contains("FOO \uFFFD[31m\uFFFD"));
    }

    /// Found by FuzzTest.
    @Test
    void what_would_steer_a_terminal_is_not_in_the_message_either() {
        DockerfileException e = Parse.failure("FROM scratch\nFO\u001b[31m\u0000 x\n");
        assertTrue(
                e.getMessage().contains("unknown instruction: FO\uFFFD[31m\uFFFD"), e.getMessage());
        assertTrue(e.problem().endsWith("FO\u001b[31m\u0000"), e.problem());
    }

    @Test
    void middle_of_a_long_message_is_left_out() {
        DockerfileException e = Parse.failure("FROM scratch\nENV a=b " + "x".repeat(60_000) + "\n");
        assertTrue(e.getMessage().length() < 5_000, "" + e.getMessage().length());
        assertTrue(e.getMessage().contains("xxx ... xxx"));
        assertTrue(e.getMessage().endsWith("put a value with spaces in double quotes"));
    }

    @Test
    void caller_can_place_an_error_of_its_own() throws Exception {
        Dockerfile file = Parse.file("FROM scratch\nCOPY --from=biuld a b\n");
        DockerfileException e =
                file.at(
                        file.stages().getFirst().instructions().getFirst(),
                        new WordException("no stage named 'biuld'", "define it", "biuld"));
        assertEquals(
                List.of(
                        "Dockerfile:2: no stage named 'biuld'. define it",
                        "   2 | COPY --from=biuld a b",
                        "     |             ^^^^^"),
                e.render().lines().toList());
    }
}
