package dev.jbuild.overlay;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Whether mounts may be made here: only in a mount namespace that ends with the tests.
final class Namespaces {
    private Namespaces() {}

    static void assumePrivateMounts() throws IOException {
        String own = Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString();
        assumeTrue(
                own.equals(System.getenv("JBUILD_NAMESPACE")),
                "needs a mount namespace of its own: run maven by unshare --mount --propagation"
                        + " private sh -c 'export JBUILD_NAMESPACE=$(readlink /proc/self/ns/mnt);"
                        + " mvn ...'");
    }
}
