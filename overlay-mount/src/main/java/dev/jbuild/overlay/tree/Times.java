package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.overlay.linux.SyscallException;
import java.time.Instant;
import java.util.Objects;

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
        try (Level.Stack levels = new Level.Stack(changed, merged)) {
            for (Level at = levels.top(); at != null; at = levels.top()) {
                if (at.hasNext()) {
                    normalize(at, at.next(), levels);
                } else {
                    levels.leave();
                }
            }
        }
    }

    /// A directory's own time doesn't change with those of what is in it.
    private void normalize(Level at, String name, Level.Stack levels) throws SyscallException {
        FileStatus status = at.directory().status(name);
        if (status.isWhiteout()) {
            return;
        }
        Directory shown = Objects.requireNonNull(at.other());
        if (isFresh(status.mtime())) {
            shown.utimes(name, epoch);
        }
        if (status.isDirectory()) {
            levels.enter(name, at.directory().directory(name), shown.directory(name));
        }
    }

    private boolean isFresh(Instant mtime) {
        return !mtime.isBefore(from) && !mtime.isAfter(to);
    }
}
