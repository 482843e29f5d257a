package dev.jbuild.signing;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What a key file is encrypted with, wiped when closed.
public final class Passphrase implements AutoCloseable {
    private static final int MOST_BYTES_PER_CHARACTER = 3;

    private final byte[] utf8;

    private Passphrase(byte[] utf8) {
        this.utf8 = utf8;
    }

    /// @param characters taken over: wiped before this returns
    public static Passphrase of(char[] characters) {
        byte[] longest = new byte[characters.length * MOST_BYTES_PER_CHARACTER];
        ByteBuffer encoded = ByteBuffer.wrap(longest);
        StandardCharsets.UTF_8
                .newEncoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .encode(CharBuffer.wrap(characters), encoded, true);
        byte[] utf8 = Arrays.copyOf(longest, encoded.position());
        Arrays.fill(longest, (byte) 0);
        Arrays.fill(characters, '\0');
        return new Passphrase(utf8);
    }

    /// The empty one, which protects a key from nobody.
    public static Passphrase empty() {
        return new Passphrase(new byte[0]);
    }

    public boolean isEmpty() {
        return utf8.length == 0;
    }

    /// The characters themselves, not a copy.
    byte[] utf8() {
        return utf8;
    }

    @Override
    public void close() {
        Arrays.fill(utf8, (byte) 0);
    }

    @Override
    public String toString() {
        return "passphrase";
    }
}
