package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Paths;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// A walk along a path, component by component, that takes symlinks to lead within the root: `/` is
/// the root, and `..` of the root is the root.
public final class PathWalk {
    /// As the kernel allows for one path (path_resolution(7)).
    private static final int MOST_SYMLINKS = 40;

    private final String whole;
    private final Deque<String> rest = new ArrayDeque<>();
    private EntryPath at = EntryPath.ROOT;
    private int followed;

    /// @param path as bytes, one a character; may have a `/` in front and any components
    public PathWalk(String path) {
        this.whole = path;
        push(path);
    }

    /// The place reached, a directory without symlinks.
    public EntryPath at() {
        return at;
    }

    /// Whether there is a name to look up; steps up and empty steps are taken first.
    public boolean hasNext() {
        while (!rest.isEmpty()) {
            String name = rest.getFirst();
            if (name.equals("..")) {
                at = at.parent().orElse(EntryPath.ROOT);
            } else if (!name.isEmpty() && !name.equals(".")) {
                return true;
            }
            rest.removeFirst();
        }
        return false;
    }

    /// The next name, which [#enter] or [#follow] then answers.
    public String next() {
        return rest.removeFirst();
    }

    /// Whether nothing follows the name that [#next] gave last.
    public boolean isLast() {
        return rest.stream().allMatch(name -> name.isEmpty() || name.equals("."));
    }

    public void enter(EntryPath directory) {
        at = directory;
    }

    public void follow(ByteString target) throws IOException {
        followed++;
        if (followed > MOST_SYMLINKS) {
            throw new IOException(
                    "'"
                            + Paths.text(whole)
                            + "' leads through more than "
                            + MOST_SYMLINKS
                            + " symlinks");
        }
        if (target.latin1().startsWith("/")) {
            at = EntryPath.ROOT;
        }
        push(target.latin1());
    }

    private void push(String path) {
        for (String name : List.of(path.split("/", -1)).reversed()) {
            rest.addFirst(name);
        }
    }
}
