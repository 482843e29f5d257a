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

    /// The path of the last of them, if that is open; else empty.
    private String here = "";

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
        String wanted = path.latin1();
        if (wanted.equals(here)) {
            return open.getLast();
        }
        int common = 0;
        int start = 0;
        while (common < names.size() && isComponent(wanted, start, names.get(common))) {
            start += names.get(common).length() + 1;
            common++;
        }
        leaveTo(common);
        here = "";
        Directory at = reopened(common);
        while (start < wanted.length()) {
            int slash = wanted.indexOf('/', start);
            int end = slash < 0 ? wanted.length() : slash;
            String name = wanted.substring(start, end);
            at = at.directoryIfPresent(name);
            if (at == null) {
                return null;
            }
            names.add(name);
            open.add(at);
            closeFarOne();
            start = end + 1;
        }
        here = wanted;
        return at;
    }

    private static boolean isComponent(String path, int start, String name) {
        int end = start + name.length();
        return path.startsWith(name, start) && (end == path.length() || path.charAt(end) == '/');
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
        here = "";
        while (names.size() > depth) {
            names.removeLast();
            Directory last = open.removeLast();
            if (last != null) {
                last.close();
            }
        }
    }

    /// The directory of that many names, opened again from the nearest one above it that is open.
    /// Those right above it stay open too: who climbs up a deep tree needs them next.
    private Directory reopened(int depth) throws SyscallException {
        int from = depth;
        while (from > 0 && open.get(from - 1) == null) {
            from--;
        }
        Directory known = from == 0 ? null : open.get(from - 1);
        Directory at = known == null ? root : known;
        for (int i = from; i < depth; i++) {
            Directory above = at;
            try {
                at = above.directory(names.get(i));
            } finally {
                if (i > from && depth - i >= MOST_OPEN / 2) {
                    above.close();
                }
            }
            if (depth - i <= MOST_OPEN / 2) {
                open.set(i, at);
            }
        }
        return at;
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
