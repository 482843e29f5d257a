package dev.jbuild.builder.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeChoiceTest {
    private final Path directory;
    private final List<OciRuntime> installed = new ArrayList<>();
    private final Map<OciRuntime.Kind, String> failures = new HashMap<>();
    private final List<OciRuntime.Kind> tried = new ArrayList<>();

    RuntimeChoiceTest(@TempDir Path directory) throws IOException {
        this.directory = directory;
        installed.add(
                new OciRuntime(
                        OciRuntime.Kind.CRUN,
                        Files.writeString(directory.resolve("crun"), "crun")));
        installed.add(
                new OciRuntime(
                        OciRuntime.Kind.RUNC,
                        Files.writeString(directory.resolve("runc"), "runc")));
    }

    @Test
    void first_that_works_is_chosen_after_one_trial() throws Exception {
        RuntimeChoice choice = choice("kernel 1");
        assertEquals(installed.getFirst(), choice.get());
        assertEquals(installed.getFirst(), choice.get());
        assertEquals(List.of(OciRuntime.Kind.CRUN), tried);
    }

    @Test
    void second_is_chosen_if_the_first_fails() throws Exception {
        failures.put(OciRuntime.Kind.CRUN, "cgroups in hybrid mode not supported");
        assertEquals(installed.get(1), choice("kernel 1").get());
    }

    @Test
    void choice_is_remembered_by_the_next_process() throws Exception {
        failures.put(OciRuntime.Kind.CRUN, "no");
        choice("kernel 1").get();
        tried.clear();
        assertEquals(installed.get(1), choice("kernel 1").get());
        assertEquals(List.of(), tried);
    }

    @Test
    void another_kernel_is_tried_anew() throws Exception {
        choice("kernel 1").get();
        tried.clear();
        choice("kernel 2").get();
        assertEquals(List.of(OciRuntime.Kind.CRUN), tried);
    }

    @Test
    void another_version_of_a_runtime_is_tried_anew() throws Exception {
        choice("kernel 1").get();
        tried.clear();
        Files.writeString(installed.getFirst().program(), "crun 2");
        choice("kernel 1").get();
        assertEquals(List.of(OciRuntime.Kind.CRUN), tried);
    }

    @Test
    void runtime_that_fails_later_is_tried_anew() throws Exception {
        RuntimeChoice choice = choice("kernel 1");
        choice.get();
        failures.put(OciRuntime.Kind.CRUN, "broken now");
        assertEquals(installed.get(1), choice.again());
        assertEquals(installed.get(1), choice.get());
        assertEquals(installed.get(1), choice("kernel 1").get());
    }

    @Test
    void error_says_what_each_said_and_what_to_do() {
        failures.put(OciRuntime.Kind.CRUN, "cgroups in hybrid mode not supported");
        failures.put(OciRuntime.Kind.RUNC, "operation not permitted");
        NoRuntimeException e =
                assertThrows(NoRuntimeException.class, () -> choice("kernel 1").get());
        assertEquals(
                "no OCI runtime works on this host, tried "
                        + directory.resolve("crun")
                        + ": cgroups in hybrid mode not supported; "
                        + directory.resolve("runc")
                        + ": operation not permitted; install one: apt-get install crun (or runc)",
                e.getMessage());
    }

    @Test
    void host_without_a_runtime_is_told_to_install_one() {
        installed.clear();
        NoRuntimeException e =
                assertThrows(NoRuntimeException.class, () -> choice("kernel 1").get());
        assertEquals(
                "no OCI runtime on this host, looked for crun and runc; install one:"
                        + " apt-get install crun (or runc)",
                e.getMessage());
    }

    private RuntimeChoice choice(String circumstances) {
        return new RuntimeChoice(
                installed,
                directory.resolve("state/runtime"),
                directory.resolve("temporary"),
                circumstances,
                runtime -> {
                    tried.add(runtime.kind());
                    return Optional.ofNullable(failures.get(runtime.kind()));
                });
    }
}
