package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.Mounting;
import dev.jbuild.overlay.linux.Paths;
import java.io.IOException;
import java.nio.file.Path;

/// Mounts for callers that know they are in a mount namespace of their own (see [Capabilities]).
/// They last until they are undone or the namespace ends.
public final class Mounts {
    private Mounts() {}

    /// Hides what is at `target` behind an empty, writable directory in memory.
    public static void mountTmpfs(Path target) throws IOException {
        try (Libc libc = Libc.open()) {
            long flags = Mounting.MS_NOSUID | Mounting.MS_NODEV;
            Mounting.mount(libc, "tmpfs", target, "tmpfs", flags, "mode=755");
        }
    }

    /// Shows `source`, a file or a directory with the mounts in it, at `target`, which is one of
    /// the same kind.
    public static void bindMount(Path source, Path target) throws IOException {
        try (Libc libc = Libc.open()) {
            long flags = Mounting.MS_BIND | Mounting.MS_REC;
            Mounting.mount(libc, Paths.latin1(source), target, "", flags, "");
        }
    }

    /// Undoes the topmost mount at `target`; what is still in use goes when its last user does.
    public static void unmount(Path target) throws IOException {
        try (Libc libc = Libc.open()) {
            Mounting.unmount(libc, target);
        }
    }
}
