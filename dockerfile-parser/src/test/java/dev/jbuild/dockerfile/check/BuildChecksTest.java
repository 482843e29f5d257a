package dev.jbuild.dockerfile.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.dockerfile.DockerIgnore;
import dev.jbuild.dockerfile.Source;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// https://docs.docker.com/reference/build-checks/, one section a rule. Findings are written as
/// `line rule: detail`; in the tables `;` stands for a line end.
class BuildChecksTest {
    private static final CheckRequest REQUEST = CheckRequest.of("linux/amd64");

    private static CheckReport check(String text, CheckRequest request) {
        return BuildChecks.check(Source.of("Dockerfile", text), request);
    }

    private static List<String> findings(CheckReport report) {
        assertEquals(Optional.empty(), report.error().map(e -> e.getMessage()));
        return report.findings().stream()
                .map(f -> f.range().firstLine() + " " + f.rule().ruleName() + ": " + f.detail())
                .toList();
    }

    private static List<String> findings(String text) {
        return findings(check(text.replace(';', '\n'), REQUEST));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '%',
            value = {
                "FROM scratch AS BadName | 1 StageNameCasing: Stage name 'BadName' should be"
                        + " lowercase",
                "FROM scratch as b | 1 FromAsCasing: 'as' and 'FROM' keywords' casing do not match",
                "from scratch AS b | 1 FromAsCasing: 'AS' and 'from' keywords' casing do not match",
                "FROM scratch;COPY a \\;;b | 4 NoEmptyContinuation: Empty continuation line",
                "FROM scratch;copy a b;COPY c d | 2 ConsistentInstructionCasing: Command 'copy'"
                        + " should match the case of the command majority (uppercase)",
                "from scratch;COPY a b;copy c d | 2 ConsistentInstructionCasing: Command 'COPY'"
                        + " should match the case of the command majority (lowercase)",
                "From scratch as base;FROM scratch AS base2 | 1 ConsistentInstructionCasing:"
                        + " Command 'From' should match the case of the command majority"
                        + " (uppercase)",
                "frOM scratch as base;from scratch as base2 | 1 ConsistentInstructionCasing:"
                        + " Command 'frOM' should match the case of the command majority"
                        + " (lowercase)",
                "FROM scratch AS b;FROM scratch AS b | 2 DuplicateStageName: Duplicate stage name"
                        + " \"b\", stage names should be unique",
                "FROM scratch AS context | 1 ReservedStageName: Stage name should not use the same"
                        + " name as reserved stage \"context\"",
                "FROM scratch;CMD a | 2 JSONArgsRecommended: JSON arguments recommended for CMD to"
                        + " prevent unintended behavior related to OS signals",
                "FROM scratch;ENTRYPOINT a | 2 JSONArgsRecommended: JSON arguments recommended for"
                        + " ENTRYPOINT to prevent unintended behavior related to OS signals",
                "FROM scratch;MAINTAINER a | 2 MaintainerDeprecated: Maintainer instruction is"
                        + " deprecated in favor of using label",
                "ARG tag=latest;FROM a:${tag}${version} AS b | 2 UndefinedArgInFrom: FROM argument"
                        + " 'version' is not declared",
                "FROM a${BULIDARCH} AS b | 1 UndefinedArgInFrom: FROM argument 'BULIDARCH' is not"
                        + " declared (did you mean BUILDARCH?)",
                "FROM scratch;WORKDIR app/ | 2 WorkdirRelativePath: Relative workdir \"app/\" can"
                        + " have unexpected results if the base image changes",
                "FROM a;COPY $foo .;ARG foo=bar;RUN echo $foo | 2 UndefinedVar: Usage of undefined"
                        + " variable '$foo'",
                "FROM a;ARG DIR_ASSETS=b;COPY $DIR_ASSET . | 3 UndefinedVar: Usage of undefined"
                        + " variable '$DIR_ASSET' (did you mean $DIR_ASSETS?)",
                "FROM a;ENV PATH=$PAHT:/b | 2 UndefinedVar: Usage of undefined variable '$PAHT'"
                        + " (did you mean $PATH?)",
                "FROM a;COPY <<E /b;$x;E | 2 UndefinedVar: Usage of undefined variable '$x'",
                "FROM a;RUN --mount=target=/$x/c b | 2 UndefinedVar: Usage of undefined variable '$x'",
                "FROM a;ENV b=1 c=$b | 2 UndefinedVar: Usage of undefined variable '$b'",
                "FROM scratch;CMD [\"a\"];CMD [\"b\"] | 2 MultipleInstructionsDisallowed: Multiple"
                        + " CMD instructions should not be used in the same stage because only the"
                        + " last one will be used",
                "FROM a;ENTRYPOINT [\"a\"];RUN b;ENTRYPOINT [\"c\"] | 2"
                        + " MultipleInstructionsDisallowed: Multiple ENTRYPOINT instructions should"
                        + " not be used in the same stage because only the last one will be used",
                "FROM a;HEALTHCHECK NONE;HEALTHCHECK CMD b | 2 MultipleInstructionsDisallowed:"
                        + " Multiple HEALTHCHECK instructions should not be used in the same stage"
                        + " because only the last one will be used",
                "FROM a;ENV b c | 2 LegacyKeyValueFormat: \"ENV key=value\" should be used instead"
                        + " of legacy \"ENV key value\" format",
                "FROM a;LABEL b c | 2 LegacyKeyValueFormat: \"LABEL key=value\" should be used"
                        + " instead of legacy \"LABEL key value\" format",
                "FROM --platform=$TARGETPLATFORM a | 1 RedundantTargetPlatform: Setting platform to"
                        + " predefined $TARGETPLATFORM in FROM is redundant as this is the default"
                        + " behavior",
                "FROM --platform=${TARGETPLATFORM} a | 1 RedundantTargetPlatform: Setting platform"
                        + " to predefined ${TARGETPLATFORM} in FROM is redundant as this is the"
                        + " default behavior",
                "FROM --platform=linux/amd64 a | 1 FromPlatformFlagConstDisallowed: FROM --platform"
                        + " flag should not use constant value \"linux/amd64\"",
                "FROM a;ARG b=1 git_Key=2 | 2 SecretsUsedInArgOrEnv: Do not use ARG or ENV"
                        + " instructions for sensitive data (ARG \"git_Key\")",
                "FROM a;ENV apikey= | 2 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions"
                        + " for sensitive data (ENV \"apikey\")",
                "FROM a;EXPOSE 80/TcP | 2 ExposeProtoCasing: Defined protocol '80/TcP' in EXPOSE"
                        + " instruction should be lowercase",
                "FROM a;EXPOSE 127.0.0.1:80:80 | 2 ExposeInvalidFormat: EXPOSE instruction should"
                        + " not define an IP address or host-port mapping, found '127.0.0.1:80:80'",
            })
    void check_finds(String text, String expected) {
        assertEquals(List.of(expected), findings(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "FROM scratch AS b1;FROM scratch AS b2",
                "FROM scratch;FROM scratch AS a",
                "from scratch as a;copy b c",
                "FROM scratch;SHELL [\"/x\"];CMD a;ENTRYPOINT b",
                "FROM scratch AS a;SHELL [\"/x\"];FROM a;CMD b",
                "ARG base=scratch;FROM $base",
                "FROM --platform=$BUILDPLATFORM scratch",
                "ARG D;FROM scratch${D}",
                "ARG D;FROM scra${D:-tch}",
                "FROM scratch AS a;WORKDIR /b;FROM a;WORKDIR c",
                "FROM a;WORKDIR /b;WORKDIR c",
                "FROM a;ARG foo;COPY b${foo} .",
                "FROM a AS b;ARG foo=c;FROM b;COPY $foo .",
                "FROM a AS b;ENV foo=c;FROM b;COPY $foo .",
                "ARG g=1;FROM a;ARG g;COPY $g .",
                "FROM a;ARG TARGETARCH;COPY $TARGETARCH .",
                "FROM a;RUN echo $x;CMD [\"$y\"];ENTRYPOINT [\"$z\"]",
                "FROM a;COPY <<'E' /b;$x;E",
                "FROM a;EXPOSE 80$x",
                "FROM a;COPY \\$x .",
                "FROM scratch AS a;CMD [\"b\"];FROM a;CMD [\"c\"]",
                "FROM --platform=linux/amd64 scratch AS my_amd64_stage",
                "FROM --platform=linux/amd64 scratch AS linux",
                "FROM a;ENV PUBLIC_KEY= KEY_FILE=b;ARG public_token SECRET_VERSION monkey",
                "ARG V=latest;FROM busybox:$V",
                "ARG S=;FROM busybox:stable$S",
                "FROM localhost:5000/a/b:c@sha256:"
                        + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "# no description;ARG a;# neither;FROM b AS c",
                "FROM a;COPY a /b",
            })
    void check_finds_nothing(String text) {
        assertEquals(List.of(), findings(text));
    }

    @ParameterizedTest
    @CsvSource({
        "registry.example:5000/a/b:c, true",
        "a, true",
        "a_b__c.d-e/f, true",
        "'', false",
        "A, false",
        "a:, false",
        "a:b:c, false",
        "a//b, false",
        "a/B, false",
        "-a, false",
        "a@sha256:12, false",
        "EXAMPLE/a, true",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, false",
    })
    void image_names_are_known(String name, boolean valid) {
        assertEquals(valid, ImageName.isValid(name));
    }

    // what surrounds the file

    @Test
    void build_argument_does_not_mend_a_default() {
        CheckRequest request = REQUEST.withBuildArgs(Map.of("V", "latest"));
        assertEquals(
                List.of(
                        "2 InvalidDefaultArgInFrom: Default value for ARG busybox:$V results in"
                                + " empty or invalid base image name"),
                findings(check("ARG V\nFROM busybox:$V\n", request)));
    }

    @Test
    void file_that_the_context_does_not_have_is_told() throws Exception {
        CheckRequest request = REQUEST.withIgnore(DockerIgnore.parse("Dockerfile\ndir\n"));
        assertEquals(
                List.of(
                        "2 CopyIgnoredFile: Attempting to Copy file \"Dockerfile\" that is excluded"
                                + " by .dockerignore",
                        "3 CopyIgnoredFile: Attempting to Add file \"dir/x\" that is excluded by"
                                + " .dockerignore"),
                findings(
                        check(
                                """
                                FROM scratch AS a
                                COPY ./Dockerfile .
                                ADD dir/x /y
                                COPY . /
                                FROM a
                                COPY --from=a Dockerfile /
                                """,
                                request)));
    }

    @Test
    void whole_context_is_told_only_if_all_of_it_is_ignored() throws Exception {
        CheckRequest all = REQUEST.withIgnore(DockerIgnore.parse("*"));
        assertEquals(1, findings(check("FROM a\nCOPY . /\n", all)).size());
        CheckRequest some = REQUEST.withIgnore(DockerIgnore.parse("*.md"));
        assertEquals(0, findings(check("FROM a\nCOPY . /\n", some)).size());
    }

    @Test
    void ignore_file_that_lets_files_in_again_says_nothing() throws Exception {
        CheckRequest request = REQUEST.withIgnore(DockerIgnore.parse("*\n!b\n"));
        assertEquals(0, findings(check("FROM a\nCOPY x /\n", request)).size());
    }

    @Test
    void base_image_brings_variables_a_shell_and_a_platform() {
        BaseImages images =
                (_, _) ->
                        Optional.of(
                                new BaseImages.BaseImage(
                                        Map.of("JAVA_HOME", "/j"), true, "linux/aarch64"));
        CheckRequest request = REQUEST.withBaseImages(images);
        assertEquals(
                List.of(
                        "1 InvalidBaseImagePlatform: Base image jdk was pulled with platform"
                                + " \"linux/arm64\", expected \"linux/amd64\" for current build"),
                findings(check("FROM jdk\nENV P=$JAVA_HOME\nCMD a\n", request)));
    }

    @Test
    void only_the_stages_of_the_target_are_gone_through() {
        String text =
                "FROM a AS b\nCOPY $x /\nFROM a AS c\nCOPY $y /\nFROM b AS d\nCOPY --from=b / /\n";
        assertEquals(2, findings(check(text, REQUEST)).size());
        assertEquals(
                List.of("2 UndefinedVar: Usage of undefined variable '$x'"),
                findings(check(text, REQUEST.withTarget("d"))));
    }

    @Test
    void triggers_of_a_stage_are_checked_where_they_run() {
        assertEquals(
                List.of("2 UndefinedVar: Usage of undefined variable '$x'"),
                findings("FROM a AS b;ONBUILD COPY $x /;FROM b"));
    }

    // settings

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#check=skip=all",
                "# check=skip=ConsistentInstructionCasing,FromAsCasing",
                "# check=skip=FromAsCasing,ConsistentInstructionCasing"
            })
    void file_can_skip_rules(String directive) {
        assertEquals(List.of(), findings(directive + ";FROM scratch as base;copy a ."));
    }

    @Test
    void findings_can_be_a_failure() {
        CheckReport report = check("#check=error=true\nFROM a as b\nFROM c as d\n", REQUEST);
        assertTrue(report.isFailure());
        assertEquals(Optional.of("lint violation found for rules: FromAsCasing"), report.failure());
        assertFalse(check("#check=error=true\nFROM a AS b\n", REQUEST).isFailure());
        assertFalse(check("FROM a as b\n", REQUEST).isFailure());
    }

    @Test
    void request_overrules_the_file() throws Exception {
        CheckRequest request = REQUEST.withSettings(CheckSettings.parse("skip=all"));
        assertEquals(List.of(), findings(check("#check=error=true\nFROM a as b\n", request)));
    }

    @Test
    void comment_above_an_instruction_skips_rules_there() {
        assertEquals(
                List.of("4 UndefinedVar: Usage of undefined variable '$y'"),
                findings("FROM a;# check=skip=UndefinedVar;COPY $x /;COPY $y /"));
        assertEquals(List.of(), findings("# why;# check=skip=FromAsCasing;FROM a as b"));
    }

    @Test
    void experimental_rule_runs_when_asked_for() {
        assertEquals(
                List.of(
                        "3 InvalidDefinitionDescription: Comment for ARG should follow the format:"
                                + " `# foo <description>`",
                        "5 InvalidDefinitionDescription: Comment for FROM should follow the format:"
                                + " `# base <description>`",
                        "7 InvalidDefinitionDescription: Comment for ARG should follow the format:"
                                + " `# <arg_key> <description>`"),
                findings(
                        "# check=experimental=InvalidDefinitionDescription;# bar is it;ARG foo=bar;"
                                + "# BasE is it;FROM scratch AS base;# bad;ARG a=1 b=2;# c good;"
                                + "ARG c;# other;#;ARG d"));
        assertEquals(
                1,
                findings(
                                check(
                                        "# check=skip=all;experimental=all\n# x\nARG y\nFROM a as b\n",
                                        REQUEST))
                        .size());
    }

    @Test
    void rule_that_does_not_exist_is_noted() {
        CheckReport report = check("# check=skip=FromAsCaseing\nFROM a\n", REQUEST);
        assertEquals(
                List.of("there is no check 'FromAsCaseing' (did you mean FromAsCasing?)"),
                report.notes());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "skip | invalid check option \"skip\"",
                "foo=bar | invalid check option \"foo\"",
                "error=x | failed to parse check option \"error=x\": strconv.ParseBool: parsing"
                        + " \"x\": invalid syntax",
            })
    void wrong_settings_are_an_error(String settings, String problem) {
        CheckReport report = check("# check=" + settings + "\nFROM a\n", REQUEST);
        assertEquals(
                "failed to parse check options: " + problem,
                report.error().orElseThrow().problem());
    }

    // files that can't be built

    @Test
    void variables_that_double_each_other_are_refused() {
        StringBuilder text = new StringBuilder("FROM scratch\nENV A=0123456789abcdef\n");
        text.append("ENV A=$A$A\n".repeat(20));
        for (int i = 0; i < 100; i++) {
            text.append("ENV B").append(i).append("=$A\n");
        }
        CheckReport report =
                BuildChecks.check(
                        Source.of("Dockerfile", text.toString()), CheckRequest.of("linux/amd64"));
        assertTrue(
                report.error().orElseThrow().problem().contains("more than 67108864 characters"),
                report.error().orElseThrow().problem());
    }

    @Test
    void findings_before_an_error_are_kept() {
        CheckReport report =
                check("FROM scratch AS BadName\nMAINTAINER m\nBADCMD\nMAINTAINER n\n", REQUEST);
        assertEquals(
                List.of("StageNameCasing", "MaintainerDeprecated"),
                report.findings().stream().map(f -> f.rule().ruleName()).toList());
        assertEquals(
                "dockerfile parse error on line 3: unknown instruction: BADCMD",
                report.error().orElseThrow().problem());
        assertTrue(report.isFailure());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '%',
            value = {
                "FROM scratch as b c | FromAsCasing",
                "FROM scratch AS $B | StageNameCasing",
                "FROM scratch;MAINTAINER --x a | MaintainerDeprecated",
                "FROM a${x:?y} | UndefinedArgInFrom",
                "FROM scratch;WORKDIR $x${y:?z} | UndefinedVar UndefinedVar",
                "FROM scratch;EXPOSE 1.2.3:80:80 | ExposeInvalidFormat",
                "FROM scratch;EXPOSE x:80/TCP | ExposeProtoCasing ExposeInvalidFormat",
            })
    void what_is_found_before_the_error_of_the_same_instruction_is_kept(String text, String rules) {
        CheckReport report = check(text.replace(';', '\n'), REQUEST);
        assertEquals(
                List.of(rules.split(" ")),
                report.findings().stream().map(f -> f.rule().ruleName()).toList());
    }

    @Test
    void wrong_trigger_of_a_stage_is_told_at_its_line() {
        CheckReport report =
                check("FROM a AS b\nONBUILD ENV c=d\nONBUILD COPY e\nFROM b\n", REQUEST);
        assertEquals(
                "Dockerfile:3: can't run the ONBUILD trigger \"COPY e\" of the base \"b\": COPY"
                        + " requires at least two arguments, but only one was provided. Destination"
                        + " could not be determined. write COPY SOURCE..."
                        + " DESTINATION",
                report.error().orElseThrow().getMessage());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '%',
            value = {
                "FROM $x | base name ($x) should not be blank",
                "FROM --platform=$BULIDPLATFORM a | empty platform value from expression"
                        + " $BULIDPLATFORM (did you mean BUILDPLATFORM?)",
                "ARG MY_ARCH=amd64;FROM --platform=linux/${MYARCH} a | failed to parse platform"
                        + " linux/${MYARCH}: \"\" is an invalid component of \"linux/\": platform"
                        + " specifier component must match \"^[A-Za-z0-9_.-]+$\": invalid argument"
                        + " (did you mean MY_ARCH?)",
                "FROM --platform=linux%x/amd64 a | failed to parse platform linux%x/amd64:"
                        + " \"linux%x\" is an invalid OS component of \"linux%x/amd64\":"
                        + " OSAndVersion specifier component must match"
                        + " \"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)"
                        + "\\\\))?$\": invalid argument",
                "FROM --platform=* a | failed to parse platform *: \"*\": wildcards not yet"
                        + " supported: invalid argument",
                "FROM busybox: | failed to parse stage name \"busybox:\": invalid reference format",
                "FROM a/Bc:d | failed to parse stage name \"a/Bc:d\": invalid reference format:"
                        + " repository name (a/Bc) must be lowercase",
                "FROM a@sha256:0123456789abcdef0123456789abcdef | failed to parse stage name"
                        + " \"a@sha256:0123456789abcdef0123456789abcdef\": invalid checksum digest"
                        + " length",
                "FROM a;COPY --from=B: / / | failed to parse stage name \"B:\": invalid reference"
                        + " format: repository name (library/B) must be lowercase",
                "FROM a;RUN --mount=from=b_,target=/x y | failed to parse stage name \"b_\":"
                        + " invalid reference format",
                "FROM a;COPY --from=$none / / | from=$none is empty",
                "FROM a AS b;RUN --mount=from=c,target=/x y;FROM a AS c | cannot mount from stage"
                        + " \"c\" to \"/x\", stage needs to be defined before current command",
                "FROM a AS b;COPY --from=d / /;FROM a AS c;COPY --from=b / /;FROM a AS d;COPY"
                        + " --from=c / / | circular dependency detected on stage: b",
                "FROM scratch;RUN --mount=type=tmpfs a | invalid mount target \"/\"",
                "FROM a;RUN --mount=type=cache,target=/ a | invalid mount target \"/\"",
                "FROM a;WORKDIR /b;RUN --mount=target=.. a | invalid mount target \"/\"",
                "FROM a;ADD --checksum=sha1:0 https://a/b / | invalid checksum digest format",
                "FROM a;EXPOSE ${x:?none} | failed to process \"${x:?none}\": x: none",
                "FROM a;COPY ${b:?} / | failed to process \"${b:?}\": b: is not allowed to be unset",
                "ARG a=${b;FROM c | failed to process \"${b\": unsupported modifier (\uFFFD) in"
                        + " substitution",
                "FROM a;COPY --from=7 b / | invalid stage index 7",
                "FROM a AS b;COPY --from=c / /;FROM a AS c | cannot copy from stage \"c\", it needs"
                        + " to be defined before current stage \"b\"",
                "FROM a AS b;COPY --from=b / / | circular dependency detected on stage: b",
                "FROM a;COPY --chmod=8 b / | invalid chmod parameter: '8'. it should be octal"
                        + " string and between 0 and 07777",
                "FROM a;COPY --chmod=10000 b / | invalid chmod parameter: '10000'. it should be"
                        + " octal string and between 0 and 07777",
                "FROM a;COPY https://a/b / | source can't be a URL for COPY",
                "FROM a;COPY https://a/b.git / | source can't be a git ref for COPY",
                "FROM a;ADD --checksum=x b c / | checksum can't be specified for multiple sources",
                "FROM a;ADD --checksum=x b / | checksum requires HTTP(S) or Git sources",
                "FROM a;ADD --checksum=x https://a/b.git?checksum=y / | checksum mismatch \"x\" !="
                        + " \"y\"",
                "FROM a;EXPOSE 80/foo | invalid port: \"80/foo\": invalid proto: foo",
                "FROM a;STOPSIGNAL SIGFOO | invalid signal: SIGFOO",
                "FROM a;RUN --mount=type=foo b | unsupported mount type \"foo\"",
                "FROM a;VOLUME $x | VOLUME specified can not be an empty string",
            })
    void what_a_build_would_refuse_is_an_error(String text, String problem) {
        CheckReport report = check(text.replace(';', '\n'), REQUEST);
        assertEquals(problem, report.error().orElseThrow().problem());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "FROM a;COPY --chmod=u=rwX,go=rX b /",
                "FROM a;COPY --chmod=+x b /",
                "FROM a;COPY --chmod=ug=rw+X,o= b /",
                "FROM a;COPY --chmod=00000000000644 b /",
                "FROM a;WORKDIR /b;RUN --mount=type=cache c",
                "FROM a;RUN --mount=type=bind c",
                "FROM --platform=linux(5.1)/amd64 a AS linux",
                "FROM a;COPY --chmod=7777 b /",
                "FROM a;STOPSIGNAL 9;STOPSIGNAL sigterm;STOPSIGNAL RTMIN+3",
                "ARG i=busybox;FROM a;COPY --from=$i /b /;RUN --mount=from=$i,target=/x y",
                "FROM a AS b;FROM c;COPY --from=0 / /;COPY --from=B / /",
                "FROM a;ADD --checksum=sha256:"
                        + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                        + " https://a/b /;ADD git@a:b.git#c:d /",
            })
    void what_a_build_would_take_is_no_error(String text) {
        assertEquals(List.of(), findings(text));
    }

    @Test
    void unknown_target_is_an_error() {
        CheckReport report = check("FROM a AS build\n", REQUEST.withTarget("biuld"));
        assertEquals(
                "target stage \"biuld\" could not be found (did you mean build?)",
                report.error().orElseThrow().problem());
    }

    @Test
    void every_rule_has_its_words() {
        assertEquals(22, Rule.values().length);
        for (Rule rule : Rule.values()) {
            assertEquals(Optional.of(rule), Rule.named(rule.ruleName()));
            assertFalse(rule.description().isEmpty());
            assertEquals(1, rule.level());
        }
    }
}
