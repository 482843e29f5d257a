package dev.jbuild.dockerfile.fuzz;

/// The same bytes for each of the targets, in one JVM: what a short run has time for.
public final class EveryTarget {
    private EveryTarget() {}

    /// Called by the fuzzer.
    public static void fuzzerTestOneInput(byte[] bytes) {
        DockerfileTarget.fuzzerTestOneInput(bytes);
        WordTarget.fuzzerTestOneInput(bytes);
        IgnoreTarget.fuzzerTestOneInput(bytes);
    }
}
