package dev.jbuild.builder.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.builder.plan.Secrets;
import java.io.ByteArrayOutputStream;

/// A URL as text.
final class WebAddress {
    /// What docker calls a file whose URL has no name.
    private static final String UNNAMED = "__unnamed__";

    private WebAddress() {}

    /// The last part of the path, decoded.
    static String fileName(String url) {
        int scheme = url.indexOf("://");
        String rest = cut(cut(url.substring(scheme < 0 ? 0 : scheme + 3), '#'), '?');
        int path = rest.indexOf('/');
        String decoded = decoded(path < 0 ? "" : rest.substring(path));
        while (decoded.endsWith("/")) {
            decoded = decoded.substring(0, decoded.length() - 1);
        }
        String name = decoded.substring(decoded.lastIndexOf('/') + 1);
        boolean usable =
                !name.isEmpty()
                        && !name.equals(".")
                        && !name.equals("..")
                        && name.indexOf('\0') < 0
                        && name.getBytes(UTF_8).length <= 255;
        return usable ? name : UNNAMED;
    }

    /// For people: without user, password, query and fragment.
    static String shown(String url) {
        String place = cut(cut(url, '#'), '?');
        return Secrets.hide(place) + (place.length() < cut(url, '#').length() ? "?..." : "");
    }

    private static String cut(String text, char at) {
        int index = text.indexOf(at);
        return index < 0 ? text : text.substring(0, index);
    }

    private static String decoded(String path) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < path.length(); ) {
            if (path.charAt(i) == '%' && isHex(path, i + 1) && isHex(path, i + 2)) {
                bytes.write(Integer.parseInt(path, i + 1, i + 3, 16));
                i += 3;
            } else {
                int c = path.codePointAt(i);
                bytes.writeBytes(Character.toString(c).getBytes(UTF_8));
                i += Character.charCount(c);
            }
        }
        return bytes.toString(UTF_8);
    }

    private static boolean isHex(String text, int at) {
        return at < text.length() && Character.digit(text.charAt(at), 16) >= 0;
    }
}
