package dev.jbuild.store.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

/// Immutable bytes with equality, such as the value of an extended attribute or the target of a
/// symlink.
///
/// @param latin1 the bytes, one a character (ISO 8859-1)
public record ByteString(String latin1) {
    public static ByteString of(byte[] bytes) {
        return new ByteString(new String(bytes, ISO_8859_1));
    }

    /// Of text, as UTF-8.
    public static ByteString of(String text) {
        return of(text.getBytes(UTF_8));
    }

    public byte[] bytes() {
        return latin1.getBytes(ISO_8859_1);
    }

    /// For people: decoded as UTF-8.
    @Override
    public String toString() {
        return new String(bytes(), UTF_8);
    }
}
