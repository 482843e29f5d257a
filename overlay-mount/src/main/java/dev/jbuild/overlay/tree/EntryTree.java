package dev.jbuild.overlay.tree;

import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.Metadata;
import java.time.Instant;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/// A root file system as far as its layers' entries tell: all but the content of files.
///
/// @param root never a symlink
public record EntryTree(Dir root) {
    /// Docker's for an empty image.
    static final Metadata NEW_ROOT = new Metadata(0755, 0, 0, Instant.EPOCH);

    public static final EntryTree EMPTY = new EntryTree(new Dir(NEW_ROOT, new TreeMap<>()));

    /// What a name stands for.
    public sealed interface Node {
        Metadata metadata();
    }

    /// @param children by name, a byte a character
    public record Dir(Metadata metadata, NavigableMap<String, Node> children) implements Node {
        public Dir {
            children = Collections.unmodifiableNavigableMap(children);
        }
    }

    /// @param size of a regular file
    /// @param target of a symlink
    /// @param linked whether it has several names
    /// @param content of the few files that are asked for, see [EntryTreeReader]
    public record Leaf(
            Kind kind,
            Metadata metadata,
            long size,
            ByteString target,
            boolean linked,
            Optional<ByteString> content)
            implements Node {
        static final ByteString NO_TARGET = ByteString.of("");

        Leaf(Kind kind, Metadata metadata, long size, ByteString target, boolean linked) {
            this(kind, metadata, size, target, linked, Optional.empty());
        }

        Leaf linked(boolean several) {
            return new Leaf(kind, metadata, size, target, several, content);
        }
    }

    /// What isn't a directory.
    public enum Kind {
        REGULAR,
        SYMLINK,
        FIFO,
        DEVICE
    }
}
