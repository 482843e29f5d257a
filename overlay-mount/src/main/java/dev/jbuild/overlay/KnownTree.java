package dev.jbuild.overlay;

import dev.jbuild.overlay.tree.EntryTree;
import dev.jbuild.overlay.tree.EntryTreeReader;
import dev.jbuild.overlay.tree.NotKnownException;
import dev.jbuild.store.layer.LayerSource;
import java.io.IOException;

/// What the entries of a stack of layers tell of a root file system: all but the content of files.
/// Takes some 300 bytes of memory an entry.
public final class KnownTree {
    /// That of no layer.
    public static final KnownTree EMPTY = new KnownTree(EntryTree.EMPTY);

    private final EntryTree entries;

    KnownTree(EntryTree entries) {
        this.entries = entries;
    }

    EntryTree entries() {
        return entries;
    }

    /// Reads layers from the bottom up. Used by one thread.
    public static final class Reader {
        private final EntryTreeReader reader = new EntryTreeReader();

        /// Begins with no layer.
        public Reader() {}

        /// Adds a layer on top; the caller closes it.
        ///
        /// @throws NotStreamableException if only unpacking the layer tells what it means
        public void add(LayerSource layer) throws IOException {
            try {
                reader.add(layer);
            } catch (NotKnownException e) {
                throw new NotStreamableException(e);
            }
        }

        public KnownTree tree() {
            return new KnownTree(reader.tree());
        }
    }
}
