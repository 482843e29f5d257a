package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.overlay.linux.SyscallException;
import java.time.Instant;

/// Makes mtimes that the clock gave the same for every run.
///
/// @param from the first moment that counts as the clock's
/// @param to the last one; a later mtime was set on purpose
/// @param epoch what they become
public record Times(Instant from, Instant to, Instant epoch) {

    /// @param changed the tree whose entries are looked at
    /// @param merged the same entries as the mounted overlay shows them, through which they are set
    ///     (overlayfs doesn't want its layers changed behind its back); `changed` itself if there
    ///     is no overlay
    public void normalize(Directory changed, Directory merged) throws SyscallException {
        for (String name : changed.names()) {
            FileStatus status = changed.status(name);
            if (status.isWhiteout()) {
                continue;
            }
            if (status.isDirectory()) {
                try (Directory child = changed.directory(name);
                        Directory shown = merged.directory(name)) {
                    normalize(child, shown);
                }
            }
            if (isFresh(status.mtime())) {
                merged.utimes(name, epoch);
            }
        }
    }

    private boolean isFresh(Instant mtime) {
        return !mtime.isBefore(from) && !mtime.isAfter(to);
    }
}
