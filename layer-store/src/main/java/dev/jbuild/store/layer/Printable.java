package dev.jbuild.store.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.util.Arrays;
import java.util.Locale;

/// Bytes for people, on one line and without what a terminal would obey: UTF-8 as it is; `\n`,
/// `\t`, `\\` and `\xNN` for what isn't text. Different bytes never look the same.
public final class Printable {
    private static final int MOST = 300;

    private Printable() {}

    /// @param latin1 a name, a byte a character; cut if it is long
    public static String of(String latin1) {
        byte[] bytes = latin1.getBytes(ISO_8859_1);
        return bytes.length <= MOST
                ? of(bytes)
                : of(Arrays.copyOf(bytes, MOST)) + "... (" + bytes.length + " bytes)";
    }

    /// All of it.
    public static String of(byte[] bytes) {
        StringBuilder out = new StringBuilder(bytes.length);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer chars = CharBuffer.allocate(bytes.length);
        CharsetDecoder decoder =
                UTF_8.newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT);
        while (in.hasRemaining()) {
            boolean malformed = decoder.decode(in, chars, true).isError();
            chars.flip().codePoints().forEach(c -> append(out, c));
            chars.clear();
            if (malformed) {
                escape(out, in.get() & 0xff);
            }
            decoder.reset();
        }
        return out.toString();
    }

    private static void append(StringBuilder out, int c) {
        switch (c) {
            case '\n' -> out.append("\\n");
            case '\t' -> out.append("\\t");
            case '\\' -> out.append("\\\\");
            default -> {
                if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
                    for (byte b : Character.toString(c).getBytes(UTF_8)) {
                        escape(out, b & 0xff);
                    }
                } else {
                    out.appendCodePoint(c);
                }
            }
        }
    }

    private static void escape(StringBuilder out, int value) {
        out.append(String.format(Locale.ROOT, "\\x%02x", value));
    }
}
