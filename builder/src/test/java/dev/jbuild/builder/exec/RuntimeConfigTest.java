package dev.jbuild.builder.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/// OCI runtime-spec 1.0, config.md and config-linux.md.
class RuntimeConfigTest {
    private static final Host ROOT =
            new Host(false, 1 << 20, List.of("CAP_CHOWN", "CAP_SETUID", "CAP_SYS_ADMIN"), "amd64");
    private static final Host USER_NAMESPACE =
            new Host(true, 4096, List.of("CAP_CHOWN", "CAP_SYS_ADMIN"), "amd64");
    private static final RunSpec SPEC = RunSpec.of(Path.of("/r"), List.of("/bin/sh", "-c", "true"));

    @Test
    void run_step_has_the_config_written_out_in_the_resource() throws IOException {
        Json.Obj config = object(SPEC, ROOT);
        assertEquals(
                golden(),
                new String(withoutSeccomp(config).encodePretty(), StandardCharsets.UTF_8));
    }

    @Test
    void seccomp_profile_is_in_force() throws IOException {
        assertEquals(
                Seccomp.profile("amd64"),
                config(SPEC, ROOT).requiredObject("linux").object().members().get("seccomp"));
    }

    @Test
    void user_other_than_root_has_capabilities_in_the_bounding_set_only() throws IOException {
        User user = new User(1000, 100, List.of(10), "/app");
        JsonMembers process = config(with(user), ROOT).requiredObject("process");
        JsonMembers capabilities = process.requiredObject("capabilities");
        assertEquals(List.of("CAP_CHOWN", "CAP_SETUID"), capabilities.texts("bounding"));
        assertEquals(List.of(), capabilities.texts("effective"));
        assertEquals(List.of(), capabilities.texts("permitted"));
        assertEquals(
                Json.parse("[100,10]".getBytes(StandardCharsets.UTF_8)),
                Json.array(process.requiredObject("user").array("additionalGids")));
    }

    @Test
    void variables_that_are_given_are_not_added() throws IOException {
        RunSpec spec = with(List.of("HOME=/h", "PATH=/p", "TOKEN=a=b"));
        assertEquals(
                List.of("HOME=/h", "PATH=/p", "TOKEN=a=b"),
                config(spec, ROOT).requiredObject("process").texts("env"));
    }

    @Test
    void network_of_its_own_is_a_namespace() throws IOException {
        RunSpec spec = with(Network.NONE, Privileges.DEFAULT, false);
        List<JsonMembers> namespaces =
                config(spec, ROOT).requiredObject("linux").objects("namespaces");
        assertEquals("network", namespaces.getLast().requiredText("type"));
    }

    @Test
    void user_namespace_binds_sys_of_the_host_with_its_network() throws IOException {
        assertEquals("sysfs", mount(config(SPEC, ROOT), "/sys").requiredText("type"));
        assertEquals("bind", mount(config(SPEC, USER_NAMESPACE), "/sys").requiredText("type"));
    }

    @Test
    void limit_of_open_files_is_never_above_that_of_this_process() throws IOException {
        JsonMembers limit =
                config(SPEC, USER_NAMESPACE)
                        .requiredObject("process")
                        .objects("rlimits")
                        .getFirst();
        assertEquals(4096, limit.requiredNumber("hard"));
    }

    @Test
    void read_only_root_file_system_is_the_last_mount() throws IOException {
        JsonMembers config = config(with(Network.HOST, Privileges.DEFAULT, true), ROOT);
        JsonMembers last = config.objects("mounts").getLast();
        assertEquals("/.", last.requiredText("destination"));
        assertEquals(List.of("bind", "remount", "nodev", "ro"), last.texts("options"));
    }

    @Test
    void all_privileges_leave_nothing_hidden() throws IOException {
        JsonMembers config = config(with(Network.HOST, Privileges.ALL, false), ROOT);
        assertEquals(
                List.of("CAP_CHOWN", "CAP_SETUID", "CAP_SYS_ADMIN"),
                config.requiredObject("process").requiredObject("capabilities").texts("effective"));
        assertTrue(config.requiredObject("linux").object("seccomp").isEmpty());
        assertEquals(List.of(), config.requiredObject("linux").texts("maskedPaths"));
        assertFalse(mount(config, "/dev").texts("options").contains("nodev"));
    }

    @Test
    void mounts_of_the_step_come_after_the_default_ones() throws IOException {
        RunSpec spec =
                new RunSpec(
                        Path.of("/r"),
                        List.of("x"),
                        List.of(),
                        "/",
                        User.ROOT,
                        Network.HOST,
                        "h",
                        List.of(),
                        List.of(new TmpfsMount("/tmp", OptionalLong.of(1024))),
                        Privileges.DEFAULT,
                        false,
                        Stdio.CAPTURED);
        JsonMembers config =
                JsonMembers.of(
                        "config",
                        new RuntimeConfig(spec, ROOT)
                                .json(List.of(new BindMount(Path.of("/s"), "/tmp/s", true))));
        assertEquals(
                List.of("nosuid", "nodev", "mode=1777", "size=1024"),
                mount(config, "/tmp").texts("options"));
        assertEquals(
                List.of("rbind", "rprivate", "nodev", "ro"),
                mount(config, "/tmp/s").texts("options"));
    }

    private static Json.Obj object(RunSpec spec, Host host) throws IOException {
        return config(spec, host).object();
    }

    private static JsonMembers config(RunSpec spec, Host host) throws IOException {
        return JsonMembers.of("config", new RuntimeConfig(spec, host).json(List.of()));
    }

    private static JsonMembers mount(JsonMembers config, String destination) throws IOException {
        for (JsonMembers mount : config.objects("mounts")) {
            if (mount.requiredText("destination").equals(destination)) {
                return mount;
            }
        }
        throw new AssertionError("nothing is mounted at " + destination);
    }

    private static Json withoutSeccomp(Json.Obj config) {
        Map<String, Json> members = new LinkedHashMap<>(config.members());
        members.computeIfPresent(
                "linux",
                (_, linux) -> {
                    Map<String, Json> inner = new LinkedHashMap<>(((Json.Obj) linux).members());
                    inner.remove("seccomp");
                    return new Json.Obj(inner);
                });
        return new Json.Obj(members);
    }

    private static String golden() throws IOException {
        try (InputStream in = RuntimeConfigTest.class.getResourceAsStream("config.json")) {
            assertTrue(in != null, "the resource is missing");
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).stripTrailing();
        }
    }

    private static RunSpec with(User user) {
        return spec(List.of(), user, Network.HOST, Privileges.DEFAULT, false);
    }

    private static RunSpec with(List<String> env) {
        return spec(env, User.ROOT, Network.HOST, Privileges.DEFAULT, false);
    }

    private static RunSpec with(Network network, Privileges privileges, boolean readOnly) {
        return spec(List.of(), User.ROOT, network, privileges, readOnly);
    }

    private static RunSpec spec(
            List<String> env, User user, Network network, Privileges privileges, boolean readOnly) {
        return new RunSpec(
                SPEC.rootfs(),
                SPEC.args(),
                env,
                "/",
                user,
                network,
                "jbuild",
                List.of(),
                List.of(),
                privileges,
                readOnly,
                Stdio.CAPTURED);
    }
}
