package dev.jbuild.overlay.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.store.layer.EntryPath;
import java.net.URI;
import java.nio.file.Path;

/// Between the bytes of a name and the paths of `java.nio`, which keep any bytes but take and give
/// only text in the JVM's encoding. The URI of a path has each byte as it is.
public final class Paths {
    private Paths() {}

    /// The bytes of the absolute path, one a character.
    public static String latin1(Path path) {
        Path absolute = path.toAbsolutePath();
        String text = absolute.toString();
        if (isAscii(text)) {
            return text;
        }
        // asks the file system whether it is a directory
        String raw = absolute.toUri().getRawPath();
        StringBuilder bytes = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                bytes.append((char) Integer.parseInt(raw, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.append(c);
            }
        }
        // toUri ends the path of a directory with a slash
        int length = bytes.length();
        if (length > 1 && bytes.charAt(length - 1) == '/') {
            bytes.setLength(length - 1);
        }
        return bytes.toString();
    }

    /// The bytes of what a symlink holds, relative or not.
    public static String linkTarget(Path target) {
        if (target.isAbsolute()) {
            return latin1(target);
        }
        String here = latin1(Path.of(""));
        String whole = latin1(target);
        return whole.substring(here.equals("/") ? 1 : here.length() + 1);
    }

    /// The path of an entry below `root`, whatever its bytes.
    public static Path below(Path root, EntryPath path) {
        if (path.isRoot()) {
            return root;
        }
        if (isAscii(path.latin1())) {
            return root.resolve(path.latin1());
        }
        StringBuilder uri = new StringBuilder("file://");
        for (byte b : (latin1(root) + "/" + path.latin1()).getBytes(ISO_8859_1)) {
            boolean plain =
                    b == '/'
                            || (b >= 'a' && b <= 'z')
                            || (b >= 'A' && b <= 'Z')
                            || (b >= '0' && b <= '9');
            uri.append(plain ? "" + (char) b : String.format("%%%02x", b));
        }
        return Path.of(URI.create(uri.toString()));
    }

    /// Bytes that are no text of the JVM's encoding are decoded as what isn't ASCII.
    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == 0 || text.charAt(i) >= 128) {
                return false;
            }
        }
        return true;
    }

    /// For people: decoded as UTF-8.
    public static String text(String latin1) {
        return new String(latin1.getBytes(ISO_8859_1), UTF_8);
    }
}
