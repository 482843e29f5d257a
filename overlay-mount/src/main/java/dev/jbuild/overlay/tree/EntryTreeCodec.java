package dev.jbuild.overlay.tree;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.Metadata;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// An [EntryTree] as bytes: each node before what is in it, and a mark behind a directory's last.
/// Trees may be as deep as they like: nothing here calls itself.
public final class EntryTreeCodec {
    private static final int END = 0;
    private static final int DIRECTORY = 1;
    private static final int REGULAR = 2;
    private static final int SYMLINK = 3;
    private static final int FIFO = 4;
    private static final int DEVICE = 5;
    private static final int LINKED = 1;
    private static final int HAS_CONTENT = 2;

    private EntryTreeCodec() {}

    public static void write(EntryTree tree, DataOutputStream out) throws IOException {
        Deque<Iterator<Map.Entry<String, EntryTree.Node>>> open = new ArrayDeque<>();
        metadata(tree.root().metadata(), out);
        open.push(tree.root().children().entrySet().iterator());
        while (!open.isEmpty()) {
            if (!open.element().hasNext()) {
                out.writeByte(END);
                open.pop();
                continue;
            }
            Map.Entry<String, EntryTree.Node> child = open.element().next();
            switch (child.getValue()) {
                case EntryTree.Dir directory -> {
                    out.writeByte(DIRECTORY);
                    text(child.getKey(), out);
                    metadata(directory.metadata(), out);
                    open.push(directory.children().entrySet().iterator());
                }
                case EntryTree.Leaf leaf -> {
                    out.writeByte(tag(leaf.kind()));
                    text(child.getKey(), out);
                    metadata(leaf.metadata(), out);
                    leaf(leaf, out);
                }
            }
        }
    }

    /// @throws IOException if this is not what [#write] has written
    public static EntryTree read(DataInputStream in) throws IOException {
        Deque<NavigableMap<String, EntryTree.Node>> open = new ArrayDeque<>();
        NavigableMap<String, EntryTree.Node> children = new TreeMap<>();
        EntryTree tree = new EntryTree(new EntryTree.Dir(readMetadata(in), children));
        open.push(children);
        while (!open.isEmpty()) {
            int tag = in.readUnsignedByte();
            if (tag == END) {
                open.pop();
                continue;
            }
            String name = readText(in);
            Metadata metadata = readMetadata(in);
            if (tag == DIRECTORY) {
                NavigableMap<String, EntryTree.Node> below = new TreeMap<>();
                open.element().put(name, new EntryTree.Dir(metadata, below));
                open.push(below);
            } else {
                open.element().put(name, readLeaf(kind(tag), metadata, in));
            }
        }
        return tree;
    }

    private static EntryTree.Kind kind(int tag) throws StreamCorruptedException {
        return switch (tag) {
            case REGULAR -> EntryTree.Kind.REGULAR;
            case SYMLINK -> EntryTree.Kind.SYMLINK;
            case FIFO -> EntryTree.Kind.FIFO;
            case DEVICE -> EntryTree.Kind.DEVICE;
            default -> throw new StreamCorruptedException("no node has the tag " + tag);
        };
    }

    private static int tag(EntryTree.Kind kind) {
        return switch (kind) {
            case REGULAR -> REGULAR;
            case SYMLINK -> SYMLINK;
            case FIFO -> FIFO;
            case DEVICE -> DEVICE;
        };
    }

    private static void leaf(EntryTree.Leaf leaf, DataOutputStream out) throws IOException {
        out.writeByte(
                (leaf.linked() ? LINKED : 0) | (leaf.content().isPresent() ? HAS_CONTENT : 0));
        number(leaf.size(), out);
        text(leaf.target().latin1(), out);
        if (leaf.content().isPresent()) {
            text(leaf.content().get().latin1(), out);
        }
    }

    private static EntryTree.Leaf readLeaf(
            EntryTree.Kind kind, Metadata metadata, DataInputStream in) throws IOException {
        int flags = in.readUnsignedByte();
        long size = readNumber(in);
        String target = readText(in);
        Optional<ByteString> content =
                (flags & HAS_CONTENT) == 0
                        ? Optional.empty()
                        : Optional.of(new ByteString(readText(in)));
        return new EntryTree.Leaf(
                kind,
                metadata,
                size,
                target.isEmpty() ? EntryTree.Leaf.NO_TARGET : new ByteString(target),
                (flags & LINKED) != 0,
                content);
    }

    private static void metadata(Metadata metadata, DataOutputStream out) throws IOException {
        out.writeShort(metadata.mode());
        number(metadata.uid(), out);
        number(metadata.gid(), out);
        Instant mtime = metadata.mtime();
        out.writeLong(mtime.getEpochSecond());
        out.writeInt(mtime.getNano());
        number(metadata.xattrs().size(), out);
        for (Map.Entry<String, ByteString> xattr : metadata.xattrs().entrySet()) {
            text(xattr.getKey(), out);
            text(xattr.getValue().latin1(), out);
        }
    }

    private static Metadata readMetadata(DataInputStream in) throws IOException {
        int mode = in.readUnsignedShort();
        long uid = readNumber(in);
        long gid = readNumber(in);
        long seconds = in.readLong();
        int nanos = in.readInt();
        SortedMap<String, ByteString> xattrs = Collections.emptySortedMap();
        long count = readNumber(in);
        if (count > 0) {
            xattrs = new TreeMap<>();
        }
        for (long i = 0; i < count; i++) {
            xattrs.put(readText(in), new ByteString(readText(in)));
        }
        try {
            return new Metadata(mode, uid, gid, Instant.ofEpochSecond(seconds, nanos), xattrs);
        } catch (IllegalArgumentException | DateTimeException e) {
            throw (StreamCorruptedException)
                    new StreamCorruptedException("no node has such metadata").initCause(e);
        }
    }

    private static void text(String latin1, DataOutputStream out) throws IOException {
        number(latin1.length(), out);
        out.write(latin1.getBytes(ISO_8859_1));
    }

    private static String readText(DataInputStream in) throws IOException {
        long length = readNumber(in);
        if (length < 0 || length > EntryTreeReader.MOST_KEPT) {
            throw new StreamCorruptedException("a text of " + length + " bytes");
        }
        byte[] bytes = new byte[(int) length];
        in.readFully(bytes);
        return new String(bytes, ISO_8859_1);
    }

    /// Seven bits a byte, the lowest first.
    private static void number(long value, DataOutputStream out) throws IOException {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.writeByte((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.writeByte((int) rest);
    }

    private static long readNumber(DataInputStream in) throws IOException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = in.readUnsignedByte();
            value |= (next & 0x7fL) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new StreamCorruptedException("a number of more than 64 bits");
    }
}
