package dev.jbuild.builder.source;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What the files that a COPY reads are, as a part of its cache key: names, types, modes, content
/// and link targets; owners where they are kept. Times are no part of it.
public final class ContentDigest {
    private static final int TYPE_MASK = 0170000;
    private static final int REGULAR = 0100000;
    private static final int DIRECTORY = 0040000;
    private static final int SYMLINK = 0120000;

    private final FileIndex index;
    private final boolean owners;
    private final CacheText text = new CacheText();
    private Instant newest = Instant.EPOCH;

    /// @param owners whether uid and gid count, as they do where COPY keeps them
    public ContentDigest(FileIndex index, boolean owners) {
        this.index = index;
        this.owners = owners;
    }

    /// Adds what a source stands for, without what the rules leave out.
    ///
    /// @param rule of the tree the source was found in, by paths in there
    /// @param excludes more to leave out, by paths relative to the source
    public void add(SourceMatch match, ExclusionRule rule, ExclusionRule excludes)
            throws IOException {
        text.add("source", match.name());
        add(match.file(), match.realPath(), "", rule, excludes);
    }

    /// The digest of all that was added.
    public Digest digest() {
        return text.digest();
    }

    /// The newest mtime of the files that were added; 1970 if there was none.
    public Instant newest() {
        return newest;
    }

    private void add(
            Path file, String path, String below, ExclusionRule rule, ExclusionRule excludes)
            throws IOException {
        Map<String, Object> stat = Files.readAttributes(file, "unix:*", LinkOption.NOFOLLOW_LINKS);
        int mode = (Integer) attribute(stat, "mode");
        int type = mode & TYPE_MASK;
        boolean left =
                (!below.isEmpty() && excludes.excludes(below))
                        || (!path.isEmpty() && rule.excludes(path));
        if (type == DIRECTORY) {
            // One that is left out is still made, with its mode, if something in it is not.
            entry(file, left ? "dir for its children" : "dir", below, mode, stat);
            addChildren(file, path, below, rule, excludes);
            return;
        }
        if (left) {
            return;
        }
        switch (type) {
            case REGULAR -> {
                entry(file, "file", below, mode, stat);
                text.add(
                        "content", index.digest(file.toUri().getRawPath(), file, stat(stat)).hex());
            }
            case SYMLINK -> {
                entry(file, "link", below, SYMLINK, stat);
                text.add("target", bytes(Files.readSymbolicLink(file)));
            }
            default -> {
                entry(file, "special", below, mode, stat);
                text.add("device", String.valueOf(attribute(stat, "rdev")));
            }
        }
        FileTime mtime = (FileTime) attribute(stat, "lastModifiedTime");
        newest = mtime.toInstant().isAfter(newest) ? mtime.toInstant() : newest;
    }

    private void addChildren(
            Path dir, String path, String below, ExclusionRule rule, ExclusionRule excludes)
            throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(dir)) {
            entries.forEach(children::add);
        }
        children.sort(Comparator.comparing((Path child) -> child.getFileName().toString()));
        for (Path child : children) {
            String name = child.getFileName().toString();
            String childPath = path.isEmpty() ? name : path + "/" + name;
            String childBelow = below.isEmpty() ? name : below + "/" + name;
            text.add("name", bytes(child.getFileName()));
            if (!rule.prunes(childPath) && !excludes.prunes(childBelow)) {
                add(child, childPath, childBelow, rule, excludes);
            }
        }
    }

    /// A name without loss, whatever bytes it is of: a URI has them as they are.
    private static String bytes(Path name) {
        Path absolute = Path.of("/").resolve(name);
        return absolute.toUri().getRawPath();
    }

    private void entry(Path file, String type, String below, int mode, Map<String, Object> stat)
            throws IOException {
        text.add(type, below).add("mode", Integer.toOctalString(mode));
        addUserAttributes(file, mode);
        if (owners) {
            text.add("owner", attribute(stat, "uid") + ":" + attribute(stat, "gid"));
        }
    }

    private void addUserAttributes(Path file, int mode) throws IOException {
        UserDefinedFileAttributeView view =
                (mode & TYPE_MASK) == SYMLINK
                        ? null
                        : Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        if (view == null) {
            return;
        }
        for (String name : view.list().stream().sorted().toList()) {
            ByteBuffer value = ByteBuffer.allocate(view.size(name));
            view.read(name, value);
            text.add("user." + name, Digest.sha256(value.array()).hex());
        }
    }

    private static FileIndex.Stat stat(Map<String, Object> stat) {
        return new FileIndex.Stat(
                (Long) attribute(stat, "dev"),
                (Long) attribute(stat, "ino"),
                (Long) attribute(stat, "size"),
                ((FileTime) attribute(stat, "lastModifiedTime")).to(TimeUnit.NANOSECONDS),
                ((FileTime) attribute(stat, "ctime")).to(TimeUnit.NANOSECONDS));
    }

    private static Object attribute(Map<String, Object> stat, String name) {
        Object value = stat.get(name);
        if (value == null) {
            throw new IllegalStateException("no attribute unix:" + name);
        }
        return value;
    }
}
