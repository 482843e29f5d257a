package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.SyscallException;
import dev.jbuild.store.layer.EntryPath;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A place in a tree: the open directories from the root down to it. Going to a neighbour opens
/// only what differs, so that entries in order cost one open for each directory. Symlinks are never
/// followed.
final class DirectoryCursor implements AutoCloseable {
    /// Open directories at most; above the deepest ones, those near the root are reopened when
    /// needed.
    private static final int MOST_OPEN = 128;

    private final Directory root;
    private final List<String> names = new ArrayList<>();
    private final List<@Nullable Directory> open = new ArrayList<>();

    /// @param root stays the caller's to close
    DirectoryCursor(Directory root) {
        this.root = root;
    }

    /// The directory at `path`, open until the cursor leaves it; null if it or one above it isn't a
    /// directory.
    @Nullable Directory enter(EntryPath path) throws SyscallException {
        if (path.isRoot()) {
            return root;
        }
        String[] wanted = path.latin1().split("/", -1);
        int common = 0;
        while (common < Math.min(wanted.length, names.size())
                && names.get(common).equals(wanted[common])) {
            common++;
        }
        leaveTo(common);
        Directory at = reopened(common);
        for (int i = common; i < wanted.length; i++) {
            at = at.directoryIfPresent(wanted[i]);
            if (at == null) {
                return null;
            }
            names.add(wanted[i]);
            open.add(at);
            closeFarOne();
        }
        return at;
    }

    /// Leaves `path` and all below, which are about to go.
    void leave(EntryPath path) {
        String[] gone = path.latin1().split("/", -1);
        if (names.size() >= gone.length && names.subList(0, gone.length).equals(List.of(gone))) {
            leaveTo(gone.length - 1);
        }
    }

    @Override
    public void close() {
        leaveTo(0);
    }

    private void leaveTo(int depth) {
        while (names.size() > depth) {
            names.removeLast();
            Directory last = open.removeLast();
            if (last != null) {
                last.close();
            }
        }
    }

    private Directory reopened(int depth) throws SyscallException {
        if (depth == 0) {
            return root;
        }
        Directory known = open.get(depth - 1);
        if (known != null) {
            return known;
        }
        Directory opened = reopened(depth - 1).directory(names.get(depth - 1));
        open.set(depth - 1, opened);
        return opened;
    }

    private void closeFarOne() {
        int far = open.size() - MOST_OPEN;
        if (far >= 0) {
            Directory directory = open.get(far);
            if (directory != null) {
                directory.close();
                open.set(far, null);
            }
        }
    }
}
