package dev.jbuild.builder.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.JsonMembers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/// OCI runtime-spec 1.0, config-linux.md, "Seccomp".
class SeccompTest {

    @Test
    void unknown_call_is_not_implemented() throws IOException {
        assertEquals("SCMP_ACT_ERRNO", profile("amd64").requiredText("defaultAction"));
        assertEquals(38, profile("amd64").requiredNumber("defaultErrnoRet"));
    }

    @Test
    void known_refused_call_is_not_permitted() throws IOException {
        JsonMembers refused = rules().getFirst();
        assertEquals("SCMP_ACT_ERRNO", refused.requiredText("action"));
        assertEquals(1, refused.requiredNumber("errnoRet"));
        assertTrue(
                refused.texts("names")
                        .containsAll(
                                List.of("mount", "unshare", "setns", "keyctl", "bpf", "reboot")));
    }

    @Test
    void no_call_is_both_allowed_and_refused() throws IOException {
        List<String> all = new ArrayList<>();
        for (JsonMembers rule : rules().subList(0, 3)) {
            all.addAll(rule.texts("names"));
        }
        assertEquals(new HashSet<>(all).size(), all.size());
        assertFalse(all.contains("clone"));
    }

    @Test
    void clone_is_allowed_without_flags_of_namespaces_only() throws IOException {
        JsonMembers clone =
                rules().stream()
                        .filter(rule -> names(rule).equals(List.of("clone")))
                        .findFirst()
                        .orElseThrow();
        JsonMembers argument = clone.objects("args").getFirst();
        assertEquals("SCMP_ACT_ALLOW", clone.requiredText("action"));
        assertEquals("SCMP_CMP_MASKED_EQ", argument.requiredText("op"));
        // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET
        assertEquals(0x7E020000L, argument.requiredNumber("value"));
        assertEquals(0, argument.requiredNumber("valueTwo"));
    }

    @Test
    void each_architecture_has_its_filters() throws IOException {
        assertEquals(
                List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"),
                profile("amd64").texts("architectures"));
        assertEquals(
                List.of("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"),
                profile("aarch64").texts("architectures"));
    }

    @Test
    void architecture_without_a_profile_is_refused() {
        IOException e = assertThrows(IOException.class, () -> Seccomp.profile("s390x"));
        assertEquals("no seccomp profile for this machine's architecture 's390x'", e.getMessage());
    }

    private static JsonMembers profile(String architecture) throws IOException {
        return JsonMembers.of("profile", Seccomp.profile(architecture));
    }

    private static List<JsonMembers> rules() throws IOException {
        return profile("amd64").objects("syscalls");
    }

    private static List<String> names(JsonMembers rule) {
        try {
            return rule.texts("names");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
