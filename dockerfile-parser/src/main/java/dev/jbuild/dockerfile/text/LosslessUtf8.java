package dev.jbuild.dockerfile.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// UTF-8 that keeps bytes which are not UTF-8: each such byte `b` becomes the lone surrogate
/// `U+DC00 + b`, which no valid text contains, and becomes the same byte again on the way out.
public final class LosslessUtf8 {
    private static final int SURROGATE_BASE = 0xDC00;

    private LosslessUtf8() {}

    public static String decode(byte[] bytes, int from, int to) {
        String text = new String(bytes, from, to - from, StandardCharsets.UTF_8);
        return text.indexOf('\uFFFD') < 0 ? text : decodeSlowly(bytes, from, to);
    }

    public static byte[] encode(String text) {
        if (!hasRawByte(text)) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length() + 16);
        text.codePoints()
                .forEach(
                        c -> {
                            if (isRawByte(c)) {
                                out.write(c - SURROGATE_BASE);
                            } else {
                                out.writeBytes(
                                        Character.toString(c).getBytes(StandardCharsets.UTF_8));
                            }
                        });
        return out.toByteArray();
    }

    /// The text with U+FFFD for every byte that was not UTF-8, as Go reads it character by
    /// character.
    public static String replaced(String text) {
        if (!hasRawByte(text)) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> out.appendCodePoint(isRawByte(c) ? 0xFFFD : c));
        return out.toString();
    }

    /// Whether this code point stands for a byte that was not UTF-8.
    public static boolean isRawByte(int codePoint) {
        return codePoint >= 0xDC80 && codePoint <= 0xDCFF;
    }

    private static boolean hasRawByte(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return text.codePoints().anyMatch(LosslessUtf8::isRawByte);
            }
        }
        return false;
    }

    private static String decodeSlowly(byte[] bytes, int from, int to) {
        StringBuilder out = new StringBuilder(to - from);
        int i = from;
        while (i < to) {
            int length = sequenceLength(bytes, i, to);
            if (length == 0) {
                out.append((char) (SURROGATE_BASE + (bytes[i] & 0xFF)));
                i++;
            } else {
                out.append(new String(bytes, i, length, StandardCharsets.UTF_8));
                i += length;
            }
        }
        return out.toString();
    }

    /// The length of the valid sequence at `i`, or 0 if there is none (RFC 3629, section 4).
    private static int sequenceLength(byte[] bytes, int i, int to) {
        int first = bytes[i] & 0xFF;
        if (first < 0x80) {
            return 1;
        }
        int length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
        if (length == 0 || i + length > to) {
            return 0;
        }
        int second = bytes[i + 1] & 0xFF;
        int low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        int high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (second < low || second > high) {
            return 0;
        }
        for (int k = 2; k < length; k++) {
            if ((bytes[i + k] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return length;
    }
}
