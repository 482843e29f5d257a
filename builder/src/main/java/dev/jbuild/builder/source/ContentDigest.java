package dev.jbuild.builder.source;

import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.LayerAttributes;
import dev.jbuild.overlay.ShortPath;
import dev.jbuild.store.layer.ByteString;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What the files that a COPY reads are, as a part of its cache key: names, types, modes, content,
/// link targets, extended attributes, and which names are of one file. Times are no part of it.
/// Files are hashed by other threads while the next are looked for; it is used by one thread.
public final class ContentDigest {
    /// Characters, of up to three bytes: what is below is opened by shorter paths, since the kernel
    /// takes none of over 4,096 bytes.
    private static final int LONGEST_PATH = 1000;

    private final Contents contents;
    private final OrderedText text = new OrderedText();
    private final FileStates states = new FileStates();
    private Instant newest = Instant.EPOCH;

    /// Directories on the way to where we are that count only if something in them does.
    private final Deque<ContextEntry> pending = new ArrayDeque<>();

    /// The first name of each file that may have several.
    private final Map<List<Long>, String> names = new HashMap<>();

    public ContentDigest(Contents contents) {
        this.contents = contents;
    }

    /// Adds what a source stands for, without what the rules leave out.
    ///
    /// @param rule of the tree the source was found in, by paths in there
    /// @param excludes more to leave out, by paths relative to the source
    public void add(SourceMatch match, ExclusionRule rule, ExclusionRule excludes)
            throws IOException {
        text.add("source", match.name());
        names.clear();
        new Walk(rule, excludes).take(ContextEntry.of(match.file(), ""), match.realPath(), "");
        pending.clear();
    }

    /// Adds anything else that is copied.
    public void add(String name, String value) {
        text.add(name, value);
    }

    /// The digest of all that was added; nothing may be added after it.
    public Digest digest() throws IOException {
        return text.digest();
    }

    /// The digest of the names and states of what was added, content aside; nothing may be added
    /// after it. Two of them agree only if nothing changed in between, but for what the ticks of
    /// the kernel's clock hide.
    public Digest states() {
        return states.digest();
    }

    /// The newest mtime of what was added, directories aside; 1970 if there was none.
    public Instant newest() {
        return newest;
    }

    /// Goes through one source.
    private final class Walk {
        private final ExclusionRule rule;
        private final ExclusionRule excludes;

        Walk(ExclusionRule rule, ExclusionRule excludes) {
            this.rule = rule;
            this.excludes = excludes;
        }

        void take(ContextEntry entry, String path, String below) throws IOException {
            boolean left =
                    (!below.isEmpty() && excludes.excludes(below))
                            || (!path.isEmpty() && rule.excludes(path));
            if (!entry.isDirectory()) {
                if (!left) {
                    addPending();
                    file(entry);
                }
                return;
            }
            pending.addLast(entry);
            if (!left) {
                addPending();
            }
            children(entry, path, below);
            if (entry.equals(pending.peekLast())) {
                pending.removeLast();
            }
        }

        private void children(ContextEntry dir, String path, String below) throws IOException {
            if (dir.file().toString().length() < LONGEST_PATH) {
                children(dir, dir.file(), path, below);
                return;
            }
            try (ShortPath at = ShortPath.of(dir.file())) {
                try {
                    children(dir, at.path(), path, below);
                } finally {
                    text.settle(); // others read by that path
                }
            }
        }

        private void children(ContextEntry dir, Path at, String path, String below)
                throws IOException {
            SortedMap<String, Path> children = new TreeMap<>();
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(at)) {
                entries.forEach(
                        child -> children.put(ContextEntry.name(child.getFileName()), child));
            }
            for (Map.Entry<String, Path> child : children.entrySet()) {
                String name = child.getValue().getFileName().toString();
                String childPath = path.isEmpty() ? name : path + "/" + name;
                String childBelow = below.isEmpty() ? name : below + "/" + name;
                if (!rule.prunes(childPath) && !excludes.prunes(childBelow)) {
                    ContextEntry entry =
                            ContextEntry.of(child.getValue(), dir.below() + "/" + child.getKey());
                    take(entry, childPath, childBelow);
                }
            }
        }
    }

    private void addPending() throws IOException {
        while (!pending.isEmpty()) {
            ContextEntry dir = pending.removeFirst();
            head("dir", dir);
            states.add(dir);
            text.add("attributes", contents.digest(dir.state(), () -> own(dir)));
        }
    }

    private void file(ContextEntry file) throws IOException {
        newest = file.mtime().isAfter(newest) ? file.mtime() : newest;
        states.add(file);
        if (isKnownByAnotherName(file)) {
            return;
        }
        if (file.isRegular()) {
            head("file", file);
            text.add("content", contents.digest(file.state(), () -> contentOf(file)));
        } else if (file.isSymlink()) {
            head("link", file);
            text.add("target", ContextEntry.name(Files.readSymbolicLink(file.file())));
        } else {
            head("special", file);
            text.add("device", String.valueOf(file.device()));
        }
    }

    /// A copy keeps hard links among what it copies.
    private boolean isKnownByAnotherName(ContextEntry file) {
        if (file.links() < 2) {
            return false;
        }
        List<Long> inode = List.of(file.state().device(), file.state().inode());
        String first = names.putIfAbsent(inode, file.below());
        if (first != null) {
            text.add("hard link", file.below()).add("of", first);
        }
        return first != null;
    }

    private void head(String type, ContextEntry entry) {
        text.add(type, entry.below()).add("mode", Integer.toOctalString(entry.mode()));
    }

    private static Digest contentOf(ContextEntry file) throws IOException {
        return ofFile(FileHash.of(file.file()), LayerAttributes.of(file.file()));
    }

    /// @param content the sha256 of a file's content
    /// @param attributes as in [LayerAttributes]
    static Digest ofFile(Digest content, SortedMap<String, ByteString> attributes) {
        return new CacheText()
                .add("content", content.hex())
                .add("attributes", of(attributes).hex())
                .digest();
    }

    private static Digest own(ContextEntry file) throws IOException {
        return of(LayerAttributes.of(file.file()));
    }

    private static Digest of(SortedMap<String, ByteString> attributes) {
        CacheText text = new CacheText();
        attributes.forEach((name, value) -> text.add(name, value.latin1()));
        return text.digest();
    }
}
