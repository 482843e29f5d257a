package dev.jbuild.builder.exec;

import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The system calls that a command may use without further privileges: as Docker's, those that need
/// a capability it lacks, that are not namespaced, or that have often been a way out.
///
/// What is known and refused gives EPERM. What the profile does not know gives ENOSYS, so that a
/// C library newer than it falls back to an older call.
final class Seccomp {
    private static final String RESOURCE = "seccomp.json";
    private static final int EPERM = 1;
    private static final int ENOSYS = 38;

    private Seccomp() {}

    /// The `linux.seccomp` member of a config.json.
    ///
    /// @param architecture as the JVM names it
    /// @throws IOException if there is no profile for it
    static Json profile(String architecture) throws IOException {
        JsonMembers data = JsonMembers.parse("seccomp profile", read());
        Optional<Json> filtered = data.requiredObject("architectures").object().get(architecture);
        if (filtered.isEmpty()) {
            throw new IOException(
                    "no seccomp profile for this machine's architecture '" + architecture + "'");
        }
        List<Json> calls = new ArrayList<>();
        calls.add(
                rule(data.texts("refused"))
                        .put("action", "SCMP_ACT_ERRNO")
                        .put("errnoRet", EPERM)
                        .build());
        calls.add(
                rule(data.texts("unknown"))
                        .put("action", "SCMP_ACT_ERRNO")
                        .put("errnoRet", ENOSYS)
                        .build());
        calls.add(rule(data.texts("allowed")).put("action", "SCMP_ACT_ALLOW").build());
        calls.addAll(data.array("conditional"));
        return Json.object()
                .put("defaultAction", "SCMP_ACT_ERRNO")
                .put("defaultErrnoRet", ENOSYS)
                .put("architectures", filtered.get())
                .put("syscalls", Json.array(calls))
                .build();
    }

    private static Json.ObjectWriter rule(List<String> names) {
        return Json.object().put("names", Json.strings(names));
    }

    private static byte[] read() throws IOException {
        try (InputStream in = Seccomp.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new FileNotFoundException("resource " + RESOURCE + " is missing");
            }
            return in.readAllBytes();
        }
    }
}
