package dev.jbuild.builder.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.dockerfile.DockerfileParser;
import dev.jbuild.dockerfile.Source;
import dev.jbuild.oci.ContainerConfig;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageConfig;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// https://docs.docker.com/reference/dockerfile/
class BuildPlannerTest {
    private static final String PATH =
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final List<String> resolved = new ArrayList<>();
    private ContainerConfig baseConfig = ContainerConfig.EMPTY;

    @Test
    void stages_the_target_does_not_need_are_not_planned() throws Exception {
        BuildPlan plan =
                plan(
                        """
                        FROM one AS a
                        FROM two AS b
                        FROM three
                        COPY --from=a /x /x
                        """);
        assertEquals(List.of(0, 2), plan.stages().stream().map(PlannedStage::index).toList());
        assertEquals(List.of("three", "one"), resolved);
    }

    @Test
    void a_stage_is_planned_after_what_it_needs() throws Exception {
        BuildPlan plan = plan("FROM scratch AS base\nFROM base AS mid\nFROM mid\n");
        assertEquals(List.of(0, 1, 2), plan.stages().stream().map(PlannedStage::index).toList());
        assertEquals(new Base.Stage(1), plan.target().base());
    }

    @Test
    void target_chooses_the_stage_by_name() throws Exception {
        BuildPlan plan = plan("FROM scratch AS a\nFROM scratch AS b\n", Optional.of("a"), Map.of());
        assertEquals("a", plan.target().label());
    }

    @Test
    void an_unknown_target_is_refused_with_a_suggestion() {
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () -> plan("FROM scratch AS build\n", Optional.of("biuld"), Map.of()));
        assertTrue(e.getMessage().contains("build"), e.getMessage());
    }

    @Test
    void config_instructions_change_the_configuration() throws Exception {
        BuildPlan plan =
                plan(
                        """
                        FROM scratch
                        ENV A=1 B="two words"
                        LABEL l=v
                        EXPOSE 8080 53/udp
                        VOLUME /data
                        USER app
                        STOPSIGNAL SIGQUIT
                        ENTRYPOINT ["/app"]
                        CMD ["-v"]
                        """);
        ContainerConfig config = plan.target().config();
        assertEquals(List.of(PATH, "A=1", "B=two words"), config.env());
        assertEquals(Map.of("l", "v"), config.labels());
        assertEquals(Set.of("8080/tcp", "53/udp"), config.exposedPorts());
        assertEquals(Set.of("/data"), config.volumes());
        assertEquals("app", config.user());
        assertEquals(Optional.of("SIGQUIT"), config.stopSignal());
        assertEquals(Optional.of(List.of("/app")), config.entrypoint());
        assertEquals(Optional.of(List.of("-v")), config.cmd());
    }

    @Test
    void an_image_without_path_gets_the_usual_one() throws Exception {
        assertEquals(List.of(PATH), plan("FROM scratch\n").target().config().env());
        assertEquals(
                List.of("PATH=/own"),
                plan("FROM scratch\nENV PATH=/own\n").target().config().env());
    }

    @Test
    void shell_form_of_cmd_gets_the_shell() throws Exception {
        assertEquals(
                Optional.of(List.of("/bin/sh", "-c", "echo $HOME")),
                plan("FROM scratch\nCMD echo $HOME\n").target().config().cmd());
    }

    @Test
    void entrypoint_clears_an_inherited_cmd() throws Exception {
        BuildPlan plan = plan("FROM scratch AS a\nCMD [\"x\"]\nFROM a\nENTRYPOINT [\"/e\"]\n");
        assertEquals(Optional.empty(), plan.target().config().cmd());
    }

    @Test
    void entrypoint_keeps_the_cmd_of_its_own_stage() throws Exception {
        BuildPlan plan = plan("FROM scratch\nCMD [\"x\"]\nENTRYPOINT [\"/e\"]\n");
        assertEquals(Optional.of(List.of("x")), plan.target().config().cmd());
    }

    @Test
    void workdir_is_relative_to_the_one_before() throws Exception {
        BuildPlan plan = plan("FROM scratch\nWORKDIR /a\nWORKDIR b/../c\n");
        assertEquals("/a/c", plan.target().config().workingDir());
    }

    @Test
    void workdir_root_makes_no_layer() throws Exception {
        assertInstanceOf(Step.ConfigOnly.class, only(plan("FROM scratch\nWORKDIR /\n")));
    }

    @Test
    void copy_destination_is_relative_to_the_working_directory() throws Exception {
        BuildPlan plan = plan("FROM scratch\nWORKDIR /app\nCOPY a b c/\n");
        Step.CopyFiles copy =
                assertInstanceOf(Step.CopyFiles.class, plan.target().steps().getLast());
        assertEquals("/app/c/", copy.destination());
        assertEquals(
                List.of(new Step.Source.Files("a", false), new Step.Source.Files("b", false)),
                copy.sources());
    }

    @Test
    void several_sources_need_a_directory() {
        DockerfileException e =
                assertThrows(DockerfileException.class, () -> plan("FROM scratch\nCOPY a b c\n"));
        assertTrue(e.getMessage().startsWith("Dockerfile:2: "), e.getMessage());
    }

    @Test
    void run_sees_env_and_args_and_env_wins() throws Exception {
        BuildPlan plan =
                plan(
                        "FROM scratch\nARG V=1\nARG W=2\nENV V=3\nRUN make\n",
                        Optional.empty(),
                        Map.of("W", "4"));
        Step.RunCommand run =
                assertInstanceOf(Step.RunCommand.class, plan.target().steps().getLast());
        assertEquals(Set.of("V=3", "W=4", PATH), Set.copyOf(run.env()));
        assertEquals(List.of("/bin/sh", "-c", "make"), run.args());
        assertEquals("RUN |2 V=3 W=4 /bin/sh -c make # buildkit", run.createdBy());
    }

    @Test
    void global_args_are_seen_in_from_and_in_a_stage_that_declares_them() throws Exception {
        BuildPlan plan = plan("ARG V=3.9\nFROM alpine:$V\nARG V\nENV X=$V\n");
        assertEquals(List.of("alpine:3.9"), resolved);
        assertEquals(List.of(PATH, "X=3.9"), plan.target().config().env());
    }

    @Test
    void global_args_are_not_seen_in_a_stage_that_does_not_declare_them() throws Exception {
        assertEquals(
                List.of(PATH, "X="),
                plan("ARG V=3.9\nFROM scratch\nENV X=$V\n").target().config().env());
    }

    @Test
    void proxy_settings_are_hidden_from_history() throws Exception {
        BuildPlan plan =
                plan(
                        "FROM scratch\nRUN x\n",
                        Optional.empty(),
                        Map.of("HTTP_PROXY", "http://user:secret@p"));
        Step.RunCommand run = assertInstanceOf(Step.RunCommand.class, only(plan));
        assertEquals(List.of("HTTP_PROXY=http://user:secret@p"), run.hiddenEnv());
        assertEquals(List.of(PATH), run.env());
        assertEquals("RUN /bin/sh -c x # buildkit", run.createdBy());
    }

    @Test
    void an_unused_build_arg_is_warned_of() throws Exception {
        BuildPlan plan = plan("FROM scratch\n", Optional.empty(), Map.of("NOPE", "1"));
        assertEquals(List.of("no ARG of the stages built uses --build-arg NOPE"), plan.warnings());
    }

    @Test
    void copy_from_an_unknown_stage_names_the_stages_and_suggests_one() {
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () ->
                                plan(
                                        "FROM scratch AS build\nFROM scratch\nCOPY --from=biuld /x /x\n",
                                        "biuld"));
        assertTrue(e.getMessage().startsWith("Dockerfile:3: "), e.getMessage());
        assertTrue(e.getMessage().contains("Did you mean 'build'?"), e.getMessage());
    }

    @Test
    void triggers_of_the_base_image_come_first() throws Exception {
        baseConfig = onBuild("ENV FROM_TRIGGER=1");
        BuildPlan plan = plan("FROM parent\nENV OWN=2\n");
        assertEquals(List.of(PATH, "FROM_TRIGGER=1", "OWN=2"), plan.target().config().env());
        assertEquals(List.of(), plan.target().config().onBuild());
    }

    @Test
    void what_cannot_be_executed_yet_is_refused_with_its_line() {
        for (String instruction :
                List.of(
                        "RUN --mount=type=cache,target=/c true",
                        "RUN --security=insecure true",
                        "RUN --device=vendor.com/x=1 true",
                        "ADD https://example.com/x.git#main /c/",
                        "ADD git@example.com:x.git /c/")) {
            assertRefused(instruction, "can't be executed yet");
        }
    }

    @Test
    void add_takes_urls_with_their_checksum() throws Exception {
        String sum = "sha256:" + "a".repeat(64);
        Step.CopyFiles add =
                assertInstanceOf(
                        Step.CopyFiles.class,
                        only(plan("FROM scratch\nADD --checksum=" + sum + " https://h/f /f\n")));
        assertEquals(
                List.of(new Step.Source.Url("https://h/f", Optional.of(Digest.parse(sum)), false)),
                add.sources());
    }

    @Test
    void local_archives_are_unpacked_unless_said_otherwise_and_remote_ones_only_if_said()
            throws Exception {
        assertEquals(List.of(true, false), unpacked("ADD a https://h/a /to/"));
        assertEquals(List.of(true, true), unpacked("ADD --unpack a https://h/a /to/"));
        assertEquals(List.of(false, false), unpacked("ADD --unpack=false a https://h/a /to/"));
        assertEquals(List.of(false), unpacked("COPY a /to/"));
    }

    @Test
    void checksums_are_for_one_remote_source_and_well_formed() {
        String sum = "sha256:" + "a".repeat(64);
        assertRefused(
                "ADD --checksum=" + sum + " https://h/a https://h/b /to/",
                "checksum can't be specified for multiple sources");
        assertRefused(
                "ADD --checksum=" + sum + " a /to/", "checksum requires HTTP(S) or Git sources");
        assertRefused("ADD --checksum=sha256:abc https://h/a /to/", "--checksum: invalid digest");
    }

    @Test
    void copy_takes_nothing_from_elsewhere() {
        assertRefused("COPY https://h/f /f", "source can't be a URL for COPY");
        assertRefused("COPY https://h/f.git /f", "source can't be a git ref for COPY");
    }

    @Test
    void other_schemes_are_refused() {
        assertRefused("ADD file:///etc/passwd /f", "no files are taken from 'file:' URLs");
        assertRefused("ADD ftp://h/f /f", "no files are taken from 'ftp:' URLs");
    }

    @Test
    void the_history_of_a_copy_is_as_docker_writes_it() throws Exception {
        assertEquals(
                "COPY --parents --chown=1:2 --chmod=644 a b <<EOF /to/ # buildkit",
                only(plan(
                                "FROM scratch\nCOPY --link --chmod=644 --parents --chown=1:2"
                                        + " --exclude=x a b <<EOF /to/\ntext\nEOF\n"))
                        .createdBy());
    }

    @Test
    void a_password_in_a_url_is_not_in_the_history() throws Exception {
        assertEquals(
                "ADD https://xxxxx:xxxxx@h/f /f # buildkit",
                only(plan("FROM scratch\nADD https://user:s3cret@h/f /f\n")).createdBy());
    }

    @Test
    void a_trigger_that_is_refused_is_told_with_the_from_that_brought_it() {
        baseConfig = onBuild("RUN --mount=type=cache,target=/c make");
        DockerfileException e =
                assertThrows(DockerfileException.class, () -> plan("\nFROM parent\nRUN true\n"));
        assertTrue(e.getMessage().startsWith("Dockerfile:2: "), e.getMessage());
        assertTrue(
                e.getMessage()
                        .contains(
                                "'ONBUILD RUN --mount=type=cache,target=/c make' of parent: RUN"
                                        + " --mount can't be executed yet"),
                e.getMessage());
    }

    @Test
    void a_trigger_that_is_no_instruction_is_told_with_the_from_that_brought_it() {
        baseConfig = onBuild("NONSENSE x");
        DockerfileException e =
                assertThrows(DockerfileException.class, () -> plan("FROM parent\n"));
        assertTrue(e.getMessage().startsWith("Dockerfile:1: "), e.getMessage());
        assertTrue(
                e.getMessage().contains("trigger \"NONSENSE x\" of the base \"parent\""),
                e.getMessage());
    }

    @Test
    void a_trigger_of_a_stage_is_told_with_its_onbuild() {
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () ->
                                plan(
                                        """
                                        FROM scratch AS a
                                        ONBUILD RUN --mount=type=cache,target=/c make
                                        FROM a
                                        """));
        assertTrue(e.getMessage().startsWith("Dockerfile:2: "), e.getMessage());
    }

    @Test
    void a_signal_in_a_trigger_is_checked() {
        baseConfig = onBuild("STOPSIGNAL SIGNONE");
        DockerfileException e =
                assertThrows(DockerfileException.class, () -> plan("FROM parent\n"));
        assertTrue(e.getMessage().startsWith("Dockerfile:1: "), e.getMessage());
        assertTrue(e.getMessage().contains("invalid signal: SIGNONE"), e.getMessage());
    }

    private void assertRefused(String instruction, String part) {
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () -> plan("FROM scratch\n" + instruction + "\n"));
        assertTrue(e.getMessage().startsWith("Dockerfile:2: "), e.getMessage());
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    private List<Boolean> unpacked(String instruction) throws Exception {
        Step.CopyFiles copy =
                assertInstanceOf(
                        Step.CopyFiles.class, only(plan("FROM scratch\n" + instruction + "\n")));
        List<Boolean> unpacked = new ArrayList<>();
        for (Step.Source source : copy.sources()) {
            unpacked.add(
                    switch (source) {
                        case Step.Source.Files files -> files.unpack();
                        case Step.Source.Url url -> url.unpack();
                    });
        }
        return unpacked;
    }

    private static Step only(BuildPlan plan) {
        assertEquals(1, plan.target().steps().size());
        return plan.target().steps().getFirst();
    }

    private BuildPlan plan(String dockerfile) throws Exception {
        return plan(dockerfile, Optional.empty(), Map.of());
    }

    private BuildPlan plan(String dockerfile, String missing) throws Exception {
        return plan(dockerfile, Optional.empty(), Map.of(), Set.of(missing));
    }

    private BuildPlan plan(String dockerfile, Optional<String> target, Map<String, String> args)
            throws Exception {
        return plan(dockerfile, target, args, Set.of());
    }

    private BuildPlan plan(
            String dockerfile,
            Optional<String> target,
            Map<String, String> args,
            Set<String> missing)
            throws Exception {
        return BuildPlanner.plan(
                DockerfileParser.parse(Source.of("Dockerfile", dockerfile)),
                new PlanRequest(target, args, Map.of(), Platform.host()),
                (reference, platform) -> resolve(reference, missing));
    }

    private BaseImage resolve(ImageReference reference, Set<String> missing) throws IOException {
        String name = reference.familiar().replace(":latest", "");
        if (missing.contains(name)) {
            throw new IOException("no such image: " + name);
        }
        resolved.add(name);
        ImageConfig config = ImageConfig.scratch(Platform.host()).withConfig(baseConfig);
        return new BaseImage(reference, Digest.sha256(new byte[0]), config, List.of());
    }

    private static ContainerConfig onBuild(String trigger) {
        ContainerConfig empty = ContainerConfig.EMPTY;
        return new ContainerConfig(
                empty.user(),
                empty.exposedPorts(),
                empty.env(),
                empty.entrypoint(),
                empty.cmd(),
                empty.volumes(),
                empty.workingDir(),
                empty.labels(),
                empty.stopSignal(),
                empty.healthcheck(),
                empty.shell(),
                List.of(trigger));
    }
}
