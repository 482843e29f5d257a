package dev.jbuild.builder.source;

import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.LayerAttributes;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What the files that a COPY reads are, as a part of its cache key: names, types, modes, content,
/// link targets, extended attributes, and which names are of one file. Times are no part of it.
public final class ContentDigest {
    private static final int TYPE_MASK = 0170000;
    private static final int REGULAR = 0100000;
    private static final int DIRECTORY = 0040000;
    private static final int SYMLINK = 0120000;

    private final FileIndex index;
    private final CacheText text = new CacheText();
    private Instant newest = Instant.EPOCH;

    /// Directories on the way to where we are that count only if something in them does.
    private final Deque<Entry> pending = new ArrayDeque<>();

    /// The first name of each file that may have several.
    private final Map<List<Long>, String> names = new HashMap<>();

    /// @param below its path from the source down, in the bytes it is of
    private record Entry(Path file, String below, Map<String, Object> stat) {
        int mode() {
            return (Integer) attribute(stat, "mode");
        }

        long number(String name) {
            return ((Number) attribute(stat, name)).longValue();
        }

        FileTime time(String name) {
            return (FileTime) attribute(stat, name);
        }
    }

    public ContentDigest(FileIndex index) {
        this.index = index;
    }

    /// Adds what a source stands for, without what the rules leave out.
    ///
    /// @param rule of the tree the source was found in, by paths in there
    /// @param excludes more to leave out, by paths relative to the source
    public void add(SourceMatch match, ExclusionRule rule, ExclusionRule excludes)
            throws IOException {
        text.add("source", match.name());
        names.clear();
        new Walk(rule, excludes).take(entry(match.file(), ""), match.realPath(), "");
        pending.clear();
    }

    /// Adds anything else that is copied.
    public void add(String name, String value) {
        text.add(name, value);
    }

    /// Tells the time of something else that is copied.
    public void notBefore(Instant time) {
        newest = time.isAfter(newest) ? time : newest;
    }

    /// The digest of all that was added.
    public Digest digest() {
        return text.digest();
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

        void take(Entry entry, String path, String below) throws IOException {
            boolean left =
                    (!below.isEmpty() && excludes.excludes(below))
                            || (!path.isEmpty() && rule.excludes(path));
            if ((entry.mode() & TYPE_MASK) != DIRECTORY) {
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

        private void children(Entry dir, String path, String below) throws IOException {
            List<Path> children = new ArrayList<>();
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(dir.file())) {
                entries.forEach(children::add);
            }
            children.sort(Comparator.comparing((Path child) -> child.getFileName().toString()));
            for (Path child : children) {
                String name = child.getFileName().toString();
                String childPath = path.isEmpty() ? name : path + "/" + name;
                String childBelow = below.isEmpty() ? name : below + "/" + name;
                if (!rule.prunes(childPath) && !excludes.prunes(childBelow)) {
                    Entry entry = entry(child, dir.below() + bytes(child.getFileName()));
                    take(entry, childPath, childBelow);
                }
            }
        }
    }

    private void addPending() throws IOException {
        while (!pending.isEmpty()) {
            Entry dir = pending.removeFirst();
            head("dir", dir, dir.mode());
            text.add("attributes", index.digest("a" + key(dir), stat(dir), () -> own(dir)).hex());
        }
    }

    private void file(Entry file) throws IOException {
        notBefore(file.time("lastModifiedTime").toInstant());
        if (isKnownByAnotherName(file)) {
            return;
        }
        switch (file.mode() & TYPE_MASK) {
            case REGULAR -> {
                head("file", file, file.mode());
                text.add(
                        "content",
                        index.digest(key(file), stat(file), () -> contentOf(file)).hex());
            }
            case SYMLINK -> {
                head("link", file, SYMLINK);
                text.add("target", bytes(Files.readSymbolicLink(file.file())));
            }
            default -> {
                head("special", file, file.mode());
                text.add("device", String.valueOf(file.number("rdev")));
            }
        }
    }

    /// A copy keeps hard links among what it copies.
    private boolean isKnownByAnotherName(Entry file) {
        if (file.number("nlink") < 2) {
            return false;
        }
        List<Long> inode = List.of(file.number("dev"), file.number("ino"));
        String first = names.putIfAbsent(inode, file.below());
        if (first != null) {
            text.add("hard link", file.below()).add("of", first);
        }
        return first != null;
    }

    private void head(String type, Entry entry, int mode) {
        text.add(type, entry.below()).add("mode", Integer.toOctalString(mode));
    }

    private static Digest contentOf(Entry file) throws IOException {
        return new CacheText()
                .add("content", FileIndex.hash(file.file()).hex())
                .add("attributes", own(file).hex())
                .digest();
    }

    private static Digest own(Entry file) throws IOException {
        CacheText attributes = new CacheText();
        LayerAttributes.of(file.file())
                .forEach((name, value) -> attributes.add(name, value.latin1()));
        return attributes.digest();
    }

    private static String key(Entry file) {
        return file.file().toUri().getRawPath();
    }

    private static Entry entry(Path file, String below) throws IOException {
        return new Entry(
                file, below, Files.readAttributes(file, "unix:*", LinkOption.NOFOLLOW_LINKS));
    }

    /// A name without loss, whatever bytes it is of: a URI has them as they are.
    private static String bytes(Path name) {
        Path absolute = Path.of("/").resolve(name);
        return absolute.toUri().getRawPath();
    }

    private static FileIndex.Stat stat(Entry entry) {
        return new FileIndex.Stat(
                entry.number("dev"),
                entry.number("ino"),
                entry.number("size"),
                entry.time("lastModifiedTime").to(TimeUnit.NANOSECONDS),
                entry.time("ctime").to(TimeUnit.NANOSECONDS));
    }

    private static Object attribute(Map<String, Object> stat, String name) {
        Object value = stat.get(name);
        if (value == null) {
            throw new IllegalStateException("no attribute unix:" + name);
        }
        return value;
    }
}
