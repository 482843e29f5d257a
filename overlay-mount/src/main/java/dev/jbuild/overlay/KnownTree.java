package dev.jbuild.overlay;

import dev.jbuild.overlay.tree.EntryTree;
import dev.jbuild.overlay.tree.EntryTreeCodec;
import dev.jbuild.overlay.tree.EntryTreeReader;
import dev.jbuild.overlay.tree.NotKnownException;
import dev.jbuild.store.layer.LayerSource;
import java.io.DataInputStream;
import java.io.DataOutputStream;
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

    /// Writes it down, for [#read].
    public void write(DataOutputStream out) throws IOException {
        EntryTreeCodec.write(entries, out);
    }

    /// @throws IOException if this is not what [#write] has written
    public static KnownTree read(DataInputStream in) throws IOException {
        return new KnownTree(EntryTreeCodec.read(in));
    }

    /// Reads layers from the bottom up. Used by one thread.
    public static final class Reader {
        private final EntryTreeReader reader;

        /// Begins with the layers of `below`.
        public Reader(KnownTree below) {
            this.reader = new EntryTreeReader(below.entries);
        }

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
