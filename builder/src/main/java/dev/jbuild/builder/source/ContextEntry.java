package dev.jbuild.builder.source;

import dev.jbuild.overlay.FileState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// A file among those that a COPY reads, with what is known about it without reading it.
///
/// @param below its path from the source down, as [#name] has the names in it
/// @param mtime to the nanosecond, where the state's ends in the year 2262
record ContextEntry(
        Path file,
        String below,
        int mode,
        long links,
        long device,
        FileState state,
        Instant mtime) {
    /// Not `unix:*`: that would look up the names of owner and group for each file.
    private static final String ATTRIBUTES =
            "unix:mode,nlink,rdev,dev,ino,size,lastModifiedTime,ctime";

    private static final int TYPE_MASK = 0170000;
    private static final int REGULAR = 0100000;
    private static final int DIRECTORY = 0040000;
    private static final int SYMLINK = 0120000;

    static ContextEntry of(Path file, String below) throws IOException {
        Map<String, Object> stat =
                Files.readAttributes(file, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
        return new ContextEntry(
                file,
                below,
                (Integer) Objects.requireNonNull(stat.get("mode")),
                number(stat, "nlink"),
                number(stat, "rdev"),
                new FileState(
                        number(stat, "dev"),
                        number(stat, "ino"),
                        number(stat, "size"),
                        nanos(stat, "lastModifiedTime"),
                        nanos(stat, "ctime")),
                time(stat, "lastModifiedTime").toInstant());
    }

    boolean isDirectory() {
        return (mode & TYPE_MASK) == DIRECTORY;
    }

    boolean isRegular() {
        return (mode & TYPE_MASK) == REGULAR;
    }

    boolean isSymlink() {
        return (mode & TYPE_MASK) == SYMLINK;
    }

    /// A path without loss, whatever bytes it is of: printable ASCII as it is but for `%`, which
    /// begins any other byte in hexadecimal.
    static String name(Path path) {
        String text = path.toString();
        if (isPlain(text)) {
            return text;
        }
        // the URI of a path has its bytes as they are, and a slash behind a directory
        Path absolute = Path.of("/").resolve(path);
        String raw = absolute.toUri().getRawPath();
        String whole =
                raw.length() > 1 && raw.endsWith("/") ? raw.substring(0, raw.length() - 1) : raw;
        return path.isAbsolute() ? whole : whole.substring(1);
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~' || c == '%') {
                return false;
            }
        }
        return true;
    }

    private static long number(Map<String, Object> stat, String name) {
        return ((Number) Objects.requireNonNull(stat.get(name), name)).longValue();
    }

    private static long nanos(Map<String, Object> stat, String name) {
        return time(stat, name).to(TimeUnit.NANOSECONDS);
    }

    private static FileTime time(Map<String, Object> stat, String name) {
        return (FileTime) Objects.requireNonNull(stat.get(name), name);
    }
}
