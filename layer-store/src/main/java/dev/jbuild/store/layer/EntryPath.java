package dev.jbuild.store.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;

/// The path of an entry relative to the root of the file system: bytes, which need not be valid
/// UTF-8. Without leading or trailing slash, without empty, `.` or `..` components; the root itself
/// is [#ROOT].
///
/// @param latin1 the bytes, one a character (ISO 8859-1), so that equality and order are those of
///     the bytes
public record EntryPath(String latin1) implements Comparable<EntryPath> {
    public static final EntryPath ROOT = new EntryPath("");

    public EntryPath {
        if (!latin1.isEmpty() && !isClean(latin1)) {
            throw new IllegalArgumentException(
                    "invalid entry path '"
                            + text(latin1)
                            + "': it has an empty, '.' or '..' component");
        }
    }

    private static boolean isClean(String path) {
        int start = 0;
        int slash = path.indexOf('/');
        while (slash >= 0) {
            if (!isName(path, start, slash)) {
                return false;
            }
            start = slash + 1;
            slash = path.indexOf('/', start);
        }
        return isName(path, start, path.length());
    }

    /// Whether a component is neither empty nor `.` nor `..`.
    private static boolean isName(String path, int start, int end) {
        return switch (end - start) {
            case 0 -> false;
            case 1 -> path.charAt(start) != '.';
            case 2 -> path.charAt(start) != '.' || path.charAt(start + 1) != '.';
            default -> true;
        };
    }

    /// Of text, as UTF-8.
    public static EntryPath of(String text) {
        return ofBytes(text.getBytes(UTF_8));
    }

    public static EntryPath ofBytes(byte[] bytes) {
        return new EntryPath(new String(bytes, ISO_8859_1));
    }

    public byte[] bytes() {
        return latin1.getBytes(ISO_8859_1);
    }

    public boolean isRoot() {
        return latin1.isEmpty();
    }

    /// The last component; empty for the root.
    public String nameLatin1() {
        return latin1.substring(latin1.lastIndexOf('/') + 1);
    }

    /// The directory this stands in; empty for the root.
    public Optional<EntryPath> parent() {
        if (isRoot()) {
            return Optional.empty();
        }
        int slash = latin1.lastIndexOf('/');
        return Optional.of(slash < 0 ? ROOT : new EntryPath(latin1.substring(0, slash)));
    }

    /// A name in this directory.
    ///
    /// @param nameLatin1 one component, a byte a character
    public EntryPath child(String nameLatin1) {
        return new EntryPath(isRoot() ? nameLatin1 : latin1 + "/" + nameLatin1);
    }

    /// By bytes, components apart: a directory stands before what is in it, and that before the
    /// next sibling.
    @Override
    public int compareTo(EntryPath other) {
        // mostly so, in a deep tree, and compared much faster
        if (latin1.startsWith(other.latin1) || other.latin1.startsWith(latin1)) {
            return latin1.length() - other.latin1.length();
        }
        int common = Math.min(latin1.length(), other.latin1.length());
        for (int i = 0; i < common; i++) {
            int mine = rank(latin1.charAt(i));
            int theirs = rank(other.latin1.charAt(i));
            if (mine != theirs) {
                return mine - theirs;
            }
        }
        return latin1.length() - other.latin1.length();
    }

    private static int rank(char c) {
        return c == '/' ? 0 : c;
    }

    /// For people: decoded as UTF-8.
    @Override
    public String toString() {
        return text(latin1);
    }

    private static String text(String latin1) {
        return new String(latin1.getBytes(ISO_8859_1), UTF_8);
    }
}
