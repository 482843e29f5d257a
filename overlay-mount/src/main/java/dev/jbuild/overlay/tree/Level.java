package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.SyscallException;
import dev.jbuild.store.layer.EntryPath;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/// A directory on the way through a tree, with its counterpart in another one, and the names in it
/// that are still to come. Walks keep theirs in a [Stack]: trees may be deeper than calls can be
/// nested.
final class Level {
    private final EntryPath path;
    private final Directory directory;
    private final @Nullable Directory other;
    private final Iterator<String> names;

    private Level(EntryPath path, Directory directory, @Nullable Directory other)
            throws SyscallException {
        this.path = path;
        this.directory = directory;
        this.other = other;
        this.names = directory.names().iterator();
    }

    EntryPath path() {
        return path;
    }

    Directory directory() {
        return directory;
    }

    /// The counterpart; null if there is none.
    @Nullable Directory other() {
        return other;
    }

    boolean hasNext() {
        return names.hasNext();
    }

    String next() {
        return names.next();
    }

    /// The levels from the outermost to the one being looked at. Closes the directories of all but
    /// the outermost.
    static final class Stack implements AutoCloseable {
        private final Deque<Level> levels = new ArrayDeque<>();

        /// Begins at a root; both stay the caller's to close.
        Stack(Directory root, @Nullable Directory other) throws SyscallException {
            levels.push(new Level(EntryPath.ROOT, root, other));
        }

        /// The innermost level; null once the outermost is done.
        @Nullable Level top() {
            return levels.peek();
        }

        /// Goes into a directory; both are closed by this from now on.
        void enter(String name, Directory directory, @Nullable Directory other)
                throws SyscallException {
            try {
                levels.push(new Level(levels.element().path.child(name), directory, other));
            } catch (SyscallException | RuntimeException e) {
                close(directory, other);
                throw e;
            }
        }

        /// Leaves the innermost directory.
        void leave() {
            Level left = levels.pop();
            if (!levels.isEmpty()) {
                close(left.directory, left.other);
            }
        }

        private static void close(Directory directory, @Nullable Directory other) {
            directory.close();
            if (other != null) {
                other.close();
            }
        }

        @Override
        public void close() {
            while (!levels.isEmpty()) {
                leave();
            }
        }
    }
}
