package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// https://docs.docker.com/reference/dockerfile/#parser-directives.
class DirectivesTest {
    private static Directives directives(String text) throws DockerfileException {
        return Parse.file(text).directives();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#escape=`",
                "# escape=`",
                "#  escape  =  `  ",
                "# Escape=`",
                "  # ESCAPE=`",
                "# syntax=x\n# escape=`",
                "# check=skip=all\n# escape=`"
            })
    void escape_is_honoured(String text) throws Exception {
        assertEquals('`', directives(text + "\nFROM scratch\n").escape());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n# escape=`",
                "# a comment\n# escape=`",
                "# unknown=x\n# escape=`",
                "# syntax x\n# escape=`",
                "ARG A\n# escape=`",
                "#!/usr/bin/env docker\n# escape=`"
            })
    void first_line_that_is_no_directive_ends_the_block(String text) throws Exception {
        assertEquals('\\', directives(text + "\nFROM scratch\n").escape());
    }

    @Test
    void escape_must_be_a_backslash_or_a_backtick() {
        assertEquals(
                "dockerfile parse error on line 1: invalid escape token 'x' does not match ` or \\",
                Parse.failure("# escape=x\nFROM scratch\n").problem());
    }

    @ParameterizedTest
    @ValueSource(strings = {"syntax", "escape", "check"})
    void duplicate_is_refused(String name) {
        String value = name.equals("escape") ? "\\" : "x";
        String line = "# " + name + "=" + value + "\n";
        assertEquals(
                "dockerfile parse error on line 2: only one "
                        + name
                        + " parser directive can be used",
                Parse.failure(line + line + "FROM scratch\n").problem());
    }

    @Test
    void syntax_ends_at_the_first_space() throws Exception {
        assertEquals(
                Optional.of(new Directives.Directive("docker/dockerfile:1", 1)),
                directives("# syntax = docker/dockerfile:1 more\nFROM scratch\n").syntax());
    }

    @Test
    void syntax_is_found_after_a_shebang() throws Exception {
        assertEquals(
                Optional.of(new Directives.Directive("x", 2)),
                directives("#!/bin/sh\n# syntax=x\nFROM scratch\n").syntax());
    }

    @Test
    void check_keeps_its_options_together() throws Exception {
        assertEquals(
                Optional.of(new Directives.Directive("skip=A,B;error=true", 1)),
                directives("# check=skip=A,B;error=true\nFROM scratch\n").check());
    }

    @Test
    void directive_is_no_comment_of_the_instruction_below() throws Exception {
        Dockerfile file = Parse.file("# syntax=x\nFROM scratch\n");
        assertEquals(0, file.stages().getFirst().from().origin().comments().size());
    }
}
