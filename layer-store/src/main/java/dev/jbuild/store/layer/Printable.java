package dev.jbuild.store.layer;

import java.nio.charset.StandardCharsets;

/// Names from archives for people: one line, no control character that a terminal would obey.
public final class Printable {
    private static final int MOST = 300;

    private Printable() {}

    /// @param latin1 bytes, one a character; taken for UTF-8, and cut if they are many
    public static String of(String latin1) {
        String all =
                new String(latin1.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        StringBuilder text = new StringBuilder();
        all.codePoints()
                .limit(MOST)
                .forEach(
                        c -> {
                            if (Character.isISOControl(c)
                                    || Character.getType(c) == Character.FORMAT) {
                                text.append(String.format("\\x%02x", c));
                            } else {
                                text.appendCodePoint(c);
                            }
                        });
        if (all.codePointCount(0, all.length()) > MOST) {
            text.append("... (").append(latin1.length()).append(" bytes)");
        }
        return text.toString();
    }
}
