package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// https://docs.docker.com/reference/dockerfile/, one section an instruction.
class InstructionsTest {

    private static CommandLine shell(String text) {
        return new CommandLine.Shell(text, List.of());
    }

    // FROM

    @Test
    void from_starts_a_stage() throws Exception {
        Dockerfile file =
                Parse.file(
                        """
                        ARG V=1
                        FROM --platform=$BUILDPLATFORM golang:$V As Build
                        RUN a
                        FROM scratch
                        RUN b
                        """);
        assertEquals(1, file.globalArgs().size());
        assertEquals(2, file.stages().size());
        Stage build = file.stages().getFirst();
        assertEquals(Optional.of("build"), build.name());
        assertEquals("golang:$V", build.base());
        assertEquals(Optional.of("$BUILDPLATFORM"), build.platform());
        assertEquals(0, build.index());
        assertEquals(Optional.empty(), file.stages().getLast().name());
        assertEquals(1, file.stages().getLast().index());
    }

    @Test
    void stage_is_found_without_regard_to_case_and_the_last_of_a_name_wins() throws Exception {
        Dockerfile file = Parse.file("FROM a AS x\nFROM b AS X\n");
        assertEquals("b", file.stage("X").orElseThrow().base());
        assertEquals("b", file.target("x").base());
    }

    @Test
    void unknown_target_suggests_a_stage() throws Exception {
        Dockerfile file = Parse.file("FROM a AS build\nFROM b AS test\n");
        DockerfileException e =
                org.junit.jupiter.api.Assertions.assertThrows(
                        DockerfileException.class, () -> file.target("biuld"));
        assertEquals(
                "Dockerfile: target stage \"biuld\" could not be found (did you mean build?)."
                        + " the stages are build, test",
                e.render());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FROM | FROM requires either one or three arguments",
                "FROM a b | FROM requires either one or three arguments",
                "FROM a b c | FROM requires either one or three arguments",
                "FROM a AS b c | FROM requires either one or three arguments",
                "FROM a AS 1b | invalid name for build stage: \"1b\", name can't start with a"
                        + " number or contain symbols",
                "FROM a AS b$ | invalid name for build stage: \"b$\", name can't start with a"
                        + " number or contain symbols",
                "FROM --paltform=x a | unknown flag: --paltform (did you mean platform?)",
            })
    void wrong_from_is_refused(String instruction, String problem) {
        assertEquals(problem, Parse.problem(instruction));
    }

    @Test
    void comment_above_describes_a_stage_and_an_argument() throws Exception {
        Dockerfile file =
                Parse.file(
                        "# V the version\nARG V W\n# other\n# base what all share\nFROM a AS base\n");
        assertEquals(Optional.of("what all share"), file.stages().getFirst().description());
        List<Instruction.Arg.Definition> args = file.globalArgs().getFirst().arguments();
        assertEquals(Optional.of("the version"), args.get(0).description());
        assertEquals(Optional.empty(), args.get(1).description());
    }

    @Test
    void only_arg_may_stand_before_from() {
        assertEquals(
                "dockerfile parse error on line 2: no build stage in current context",
                Parse.failure("ARG a\nRUN b\nFROM c\n").problem());
    }

    // RUN, CMD, ENTRYPOINT, SHELL

    @Test
    void run_has_a_shell_form() throws Exception {
        Instruction.Run run =
                Parse.one(Instruction.Run.class, "RUN mkdir -p /app && adduser -S \"x y\"");
        assertEquals(shell("mkdir -p /app && adduser -S \"x y\""), run.command());
        assertEquals("RUN mkdir -p /app && adduser -S \"x y\"", run.origin().text());
    }

    @Test
    void run_has_an_exec_form() throws Exception {
        assertEquals(
                new CommandLine.Exec(List.of("/bin/x", "a b", "\"\u00e9/")),
                Parse.one(Instruction.Run.class, "RUN [ \"/bin/x\" , \"a b\",\"\\\"\\u00e9\\/\" ] ")
                        .command());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "['a']",
                "[\"a\"",
                "[\"a\",]",
                "[\"a\"] b",
                "[\"a\" \"b\"]",
                "[\"\\x\"]",
                "[1e999]",
                "[\"a\tb\"]",
                "[ -f x ] && y"
            })
    void what_is_no_json_array_is_shell_form(String text) throws Exception {
        assertEquals(shell(text), Parse.one(Instruction.Run.class, "RUN " + text).command());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RUN [1]",
                "CMD [\"a\", null]",
                "ENTRYPOINT [[\"a\"]]",
                "SHELL [{\"a\": true}]",
                "ADD [\"a\", 1.5e3]",
                "COPY [\"a\", false]",
                "VOLUME [\"a\", -0.1]",
                "HEALTHCHECK CMD [\"a\", []]",
                "ONBUILD RUN [1]",
            })
    void json_array_of_other_things_is_refused(String instruction) {
        assertEquals(
                "when using JSON array syntax, arrays must be comprised of strings only",
                Parse.problem(instruction));
    }

    @Test
    void deeply_nested_json_is_no_json() throws Exception {
        String text = "[".repeat(10_001) + "]".repeat(10_001);
        assertEquals(shell(text), Parse.one(Instruction.Run.class, "RUN " + text).command());
        assertEquals(
                "when using JSON array syntax, arrays must be comprised of strings only",
                Parse.problem("RUN " + "[".repeat(10_000) + "]".repeat(10_000)));
    }

    @Test
    void cmd_and_entrypoint_may_be_empty() throws Exception {
        assertEquals(
                new CommandLine.Exec(List.of()),
                Parse.one(Instruction.Cmd.class, "CMD []").command());
        assertEquals(shell(""), Parse.one(Instruction.Cmd.class, "CMD").command());
        assertEquals(
                new CommandLine.Exec(List.of()),
                Parse.one(Instruction.Entrypoint.class, "ENTRYPOINT []").command());
    }

    @Test
    void shell_takes_json_only() throws Exception {
        assertEquals(
                List.of("/bin/bash", "-c"),
                Parse.one(Instruction.Shell.class, "SHELL [\"/bin/bash\", \"-c\"]").command());
        assertEquals(
                "SHELL requires the arguments to be in JSON form", Parse.problem("SHELL bash -c"));
        assertEquals("SHELL requires at least one argument", Parse.problem("SHELL []"));
        assertEquals("SHELL requires at least one argument", Parse.problem("SHELL"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "RUN --network=hots x | invalid network mode \"hots\" (did you mean host?)",
                "RUN --security=none x | security \"none\" is not valid",
                "RUN --device=a,b x | invalid field 'b' must be a key=value pair",
                "RUN --device=a,requird=true x | unexpected key 'requird' in 'requird=true' (did you"
                        + " mean required?)",
                "RUN --device=name=a,name=b x | device name already set to a",
                "RUN --device=a,required=x x | invalid value for required: x",
            })
    void wrong_run_flag_is_refused(String instruction, String problem) {
        assertEquals(problem, Parse.problem(instruction));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "vendor.com/gpu=all | vendor.com/gpu=all | false",
                "name=vendor.com/gpu=all,required | vendor.com/gpu=all | true",
                "gpu,required=true | gpu | true",
                "required,gpu | gpu | true",
            })
    void device_is_a_name_and_whether_it_must_be_there(String value, String name, boolean required)
            throws Exception {
        assertEquals(
                List.of(new Instruction.Run.Device(name, required)),
                Parse.one(Instruction.Run.class, "RUN --device=" + value + " x").devices());
    }

    // ENV, LABEL, ARG

    @Test
    void env_takes_many_pairs() throws Exception {
        assertEquals(
                List.of(
                        new KeyValue("a", "1", false),
                        new KeyValue("b", "\"2 3\"", false),
                        new KeyValue("c", "4\\ 5", false),
                        new KeyValue("d", "", false),
                        new KeyValue("e", "'x'=y", false)),
                Parse.one(Instruction.Env.class, "ENV a=1 b=\"2 3\" c=4\\ 5 d= e='x'=y")
                        .variables());
    }

    @Test
    void env_has_an_old_form() throws Exception {
        assertEquals(
                List.of(new KeyValue("a", "b c=d  e", true)),
                Parse.one(Instruction.Env.class, "ENV a \t b c=d  e ").variables());
    }

    @Test
    void label_is_as_env() throws Exception {
        assertEquals(
                List.of(new KeyValue("\"a b\"", "c", false)),
                Parse.one(Instruction.Label.class, "LABEL \"a b\"=c").labels());
        assertEquals(
                List.of(new KeyValue("a", "b", true)),
                Parse.one(Instruction.Label.class, "LABEL a b").labels());
    }

    @Test
    void arg_takes_many_names_with_or_without_a_value() throws Exception {
        List<Instruction.Arg.Definition> args =
                Parse.one(Instruction.Arg.class, "ARG a b=1 c= d=\"x y\"").arguments();
        assertEquals(List.of("a", "b", "c", "d"), args.stream().map(a -> a.key()).toList());
        assertEquals(
                List.of(
                        Optional.empty(),
                        Optional.of("1"),
                        Optional.of(""),
                        Optional.of("\"x y\"")),
                args.stream().map(a -> a.value()).toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '%',
            value = {
                "ENV | ENV requires at least one argument",
                "ENV a | ENV must have two arguments",
                "ENV a=b c | Syntax error - can't find = in \"c\". Must be of the form: name=value",
                "ENV =b | ENV names can not be blank",
                "LABEL | LABEL requires at least one argument",
                "LABEL a | LABEL must have two arguments",
                "LABEL =b | LABEL names can not be blank",
                "ARG | ARG requires at least one argument",
                "ARG =b | ARG names can not be blank",
            })
    void wrong_pair_is_refused(String instruction, String problem) {
        assertEquals(problem, Parse.problem(instruction));
    }

    // COPY, ADD

    @Test
    void copy_has_flags_sources_and_a_destination() throws Exception {
        Instruction.Copy copy =
                Parse.one(
                        Instruction.Copy.class,
                        "COPY --from=build --chown=1:2 --chmod=u=rwX,go=rX --link --parents"
                                + " --exclude=*.md --exclude=!README.md ./a/./b c /d/");
        assertEquals(
                List.of(new CopySource.Word("./a/./b"), new CopySource.Word("c")), copy.sources());
        assertEquals("/d/", copy.destination());
        assertEquals(Optional.of("build"), copy.from());
        assertTrue(copy.parents());
        assertEquals(
                new Instruction.CopyOptions(
                        Optional.of("1:2"),
                        Optional.of("u=rwX,go=rX"),
                        true,
                        List.of("*.md", "!README.md")),
                copy.options());
    }

    @Test
    void copy_in_json_form_allows_spaces() throws Exception {
        Instruction.Copy copy = Parse.one(Instruction.Copy.class, "COPY [\"a b\", \"c d\"]");
        assertEquals(List.of(new CopySource.Word("a b")), copy.sources());
        assertEquals("c d", copy.destination());
    }

    @Test
    void add_has_flags_of_its_own() throws Exception {
        Instruction.Add add =
                Parse.one(
                        Instruction.Add.class,
                        "ADD --checksum=sha256:00 --keep-git-dir --unpack=false https://x/y /z");
        assertEquals(Optional.of("sha256:00"), add.checksum());
        assertEquals(Optional.of(true), add.keepGitDir());
        assertEquals(Optional.of(false), add.unpack());
        assertFalse(add.options().link());
    }

    @ParameterizedTest
    @ValueSource(strings = {"COPY", "ADD", "COPY a", "ADD [\"a\"]"})
    void copy_needs_a_destination(String instruction) {
        String name = instruction.startsWith("C") ? "COPY" : "ADD";
        assertEquals(
                name
                        + " requires at least two arguments, but only one was provided. Destination"
                        + " could not be determined",
                Parse.problem(instruction));
    }

    // the one-word instructions

    @Test
    void one_word_instructions_keep_their_text() throws Exception {
        assertEquals("/a b", Parse.one(Instruction.Workdir.class, "WORKDIR /a b ").path());
        assertEquals("a:b", Parse.one(Instruction.User.class, "USER a:b").user());
        assertEquals("9", Parse.one(Instruction.StopSignal.class, "STOPSIGNAL 9").signal());
        assertEquals(
                "Jo <j@x>",
                Parse.one(Instruction.Maintainer.class, "MAINTAINER Jo <j@x>").maintainer());
    }

    @ParameterizedTest
    @ValueSource(strings = {"WORKDIR", "USER", "STOPSIGNAL", "MAINTAINER"})
    void one_word_instructions_need_their_word(String name) {
        assertEquals(name + " requires exactly one argument", Parse.problem(name));
    }

    // EXPOSE, VOLUME

    @Test
    void expose_sorts_its_ports() throws Exception {
        assertEquals(
                List.of("443/tcp", "53/UDP", "80"),
                Parse.one(Instruction.Expose.class, "EXPOSE 80 53/UDP  443/tcp").ports());
        assertEquals("EXPOSE requires at least one argument", Parse.problem("EXPOSE"));
    }

    @Test
    void volume_has_two_forms() throws Exception {
        assertEquals(
                List.of("/a", "/b"), Parse.one(Instruction.Volume.class, "VOLUME /a /b").paths());
        assertEquals(
                List.of("/a b"),
                Parse.one(Instruction.Volume.class, "VOLUME [\" /a b \"]").paths());
        assertEquals("VOLUME requires at least one argument", Parse.problem("VOLUME []"));
        assertEquals("VOLUME specified can not be an empty string", Parse.problem("VOLUME [\"\"]"));
    }

    // HEALTHCHECK

    @Test
    void healthcheck_has_all_options() throws Exception {
        Instruction.Healthcheck healthcheck =
                Parse.one(
                        Instruction.Healthcheck.class,
                        "HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=2h"
                                + " --start-interval=1ms --retries=3 cmd curl -f x");
        assertEquals(
                Optional.of(
                        new Instruction.Healthcheck.Test(
                                shell("curl -f x"),
                                Duration.ofSeconds(90),
                                Duration.ofMillis(1500),
                                Duration.ofHours(2),
                                Duration.ofMillis(1),
                                3)),
                healthcheck.test());
    }

    @Test
    void healthcheck_has_an_exec_form_and_none() throws Exception {
        Instruction.Healthcheck exec =
                Parse.one(Instruction.Healthcheck.class, "HEALTHCHECK CMD [\"a\", \"b\"]");
        assertEquals(new CommandLine.Exec(List.of("a", "b")), exec.test().orElseThrow().command());
        assertEquals(Duration.ZERO, exec.test().orElseThrow().interval());
        assertEquals(
                Optional.empty(),
                Parse.one(Instruction.Healthcheck.class, "HEALTHCHECK none").test());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HEALTHCHECK | HEALTHCHECK requires at least one argument",
                "HEALTHCHECK NONE x | HEALTHCHECK NONE takes no arguments",
                "HEALTHCHECK CMD | Missing command after HEALTHCHECK CMD",
                "HEALTHCHECK FOO x | Unknown type \"FOO\" in HEALTHCHECK (try CMD)",
                "HEALTHCHECK --interval=1us CMD x | Interval \"interval\" cannot be less than 1ms",
                "HEALTHCHECK --timeout=-1s CMD x | Interval \"timeout\" cannot be less than 1ms",
                "HEALTHCHECK --interval=5 CMD x | time: missing unit in duration \"5\"",
                "HEALTHCHECK --interval=5y CMD x | time: unknown unit \"y\" in duration \"5y\"",
                "HEALTHCHECK --interval=x CMD x | time: invalid duration \"x\"",
                "HEALTHCHECK --retries=-1 CMD x | --retries cannot be negative (-1)",
                "HEALTHCHECK --retries=x CMD x | strconv.ParseInt: parsing \"x\": invalid syntax",
                "HEALTHCHECK --retries=9999999999 CMD x | strconv.ParseInt: parsing"
                        + " \"9999999999\": value out of range",
                "HEALTHCHECK --retires=1 CMD x | unknown flag: --retires (did you mean retries?)",
            })
    void wrong_healthcheck_is_refused(String instruction, String problem) {
        assertEquals(problem, Parse.problem(instruction));
    }

    // ONBUILD

    @Test
    void onbuild_keeps_the_text_and_the_instruction() throws Exception {
        Instruction.Onbuild onbuild =
                Parse.one(Instruction.Onbuild.class, " onbuild   COPY --from=x a \\\n b");
        assertEquals("COPY --from=x a  b", onbuild.expression());
        Instruction.Copy copy = (Instruction.Copy) onbuild.trigger().orElseThrow();
        assertEquals(Optional.of("x"), copy.from());
        assertEquals(new SourceRange(2, 3), copy.range());
    }

    @Test
    void onbuild_of_something_unknown_is_kept_for_others_to_fail_on() throws Exception {
        Instruction.Onbuild onbuild = Parse.one(Instruction.Onbuild.class, "ONBUILD FOO bar");
        assertEquals("FOO bar", onbuild.expression());
        assertEquals(Optional.empty(), onbuild.trigger());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ONBUILD | ONBUILD requires at least one argument",
                "ONBUILD ONBUILD RUN x | Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed",
                "ONBUILD FROM x | FROM isn't allowed as an ONBUILD trigger",
                "ONBUILD maintainer x | MAINTAINER isn't allowed as an ONBUILD trigger",
                "ONBUILD --x RUN y | unknown flag: --x",
                "ONBUILD ENV a | ENV must have two arguments",
            })
    void wrong_onbuild_is_refused(String instruction, String problem) {
        assertEquals(problem, Parse.problem(instruction));
    }

    // unknown

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "RUNN x | unknown instruction: RUNN (did you mean RUN?)",
                "cpoy x | unknown instruction: cpoy (did you mean copy?)",
                "FOOBAR | unknown instruction: FOOBAR",
                "\\ | unknown instruction:",
            })
    void unknown_instruction_is_refused(String instruction, String problem) {
        assertEquals(problem, Parse.problem(instruction).strip());
    }
}
