package dev.jbuild.overlay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What this kernel and this user allow, with the reason where they don't.
///
/// @param privateNamespace whether mounts made by this process end with it
/// @param owners whether files can be given to all owners that an image may have
/// @param overlay whether overlayfs can be mounted on the file system of the snapshots
public record Capabilities(Feature privateNamespace, Feature owners, Feature overlay) {
    /// Ids of an image: 0 to 65535.
    private static final long IDS = 65536;

    /// One thing that is possible or not.
    public sealed interface Feature {
        record Available() implements Feature {}

        /// @param remedy what to do about it
        record Missing(String reason, String remedy) implements Feature {}

        default boolean isAvailable() {
            return this instanceof Available;
        }
    }

    /// Tries everything out.
    ///
    /// @param snapshots where the snapshots are to be; made if it isn't there
    /// @param namespace what the launcher has put into JBUILD_NAMESPACE
    public static Capabilities probe(Path snapshots, Optional<String> namespace)
            throws IOException {
        Feature own = namespace(namespace);
        Feature overlay =
                switch (own) {
                    case Feature.Missing missing -> missing;
                    case Feature.Available _ -> overlayOn(snapshots);
                };
        return new Capabilities(own, allOwners(), overlay);
    }

    /// Whether the launcher's namespace is the one this process is in. Without it mounts would be
    /// seen by, and stay with, the whole machine.
    ///
    /// @param namespace what the launcher has put into JBUILD_NAMESPACE
    static Feature namespace(Optional<String> namespace) throws IOException {
        String remedy =
                "start it through the jbuild launcher, which makes the namespace, or choose"
                        + " --snapshotter=copy";
        if (namespace.isEmpty()) {
            return new Feature.Missing(
                    "this process is in no mount namespace of its own (JBUILD_NAMESPACE is not"
                            + " set)",
                    remedy);
        }
        String actual = Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString();
        return actual.equals(namespace.get())
                ? new Feature.Available()
                : new Feature.Missing(
                        "this process is in mount namespace '"
                                + actual
                                + "', JBUILD_NAMESPACE says '"
                                + namespace.get()
                                + "'",
                        remedy);
    }

    private static Feature allOwners() throws IOException {
        long ids = 0;
        for (String line : Files.readAllLines(Path.of("/proc/self/uid_map"))) {
            ids += Long.parseLong(line.strip().split(" +", -1)[2]);
        }
        if (ids < IDS) {
            return new Feature.Missing(
                    "the user namespace has " + ids + " ids; the files of an image may need " + IDS,
                    "give the user 65536 ids in /etc/subuid and /etc/subgid and install uidmap"
                            + " (newuidmap), or run as root");
        }
        Object uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        if (!uid.equals(0)) {
            return new Feature.Missing(
                    "this process is user " + uid + ", who may not give files to others",
                    "start it through the jbuild launcher, which makes a user namespace, or run as"
                            + " root");
        }
        return new Feature.Available();
    }

    private static Feature overlayOn(Path snapshots) throws IOException {
        SnapshotDirectory directory = new SnapshotDirectory(snapshots);
        try (Workspace workspace = directory.open(Optional.empty())) {
            workspace.mountEmptyOverlay(directory.links());
            Files.createDirectory(workspace.root().resolve("made"));
            Files.delete(workspace.root().resolve("made"));
            return new Feature.Available();
        } catch (IOException e) {
            return new Feature.Missing(
                    "overlayfs can't be mounted in '" + snapshots + "': " + e.getMessage(),
                    "use Linux 5.11 or newer and, for the store, ext4, xfs or btrfs (overlayfs does"
                            + " not work on itself, as in a container, nor on NFS), or choose"
                            + " --snapshotter=copy");
        }
    }
}
