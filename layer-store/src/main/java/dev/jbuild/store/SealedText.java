package dev.jbuild.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32;

/// Small records with their CRC-32 on a last line, so that a flipped bit or a cut is seen whatever
/// it makes of the text: a digit in a digest is as good a digit as another.
public final class SealedText {
    private static final int SEAL = 10;

    private SealedText() {}

    /// The content with its seal: a newline, eight hexadecimal digits, a newline.
    public static byte[] seal(byte[] content) {
        byte[] sealed = Arrays.copyOf(content, content.length + SEAL);
        byte[] line = line(content, content.length);
        System.arraycopy(line, 0, sealed, content.length, SEAL);
        return sealed;
    }

    /// The content without its seal; empty if the seal is missing or wrong.
    public static Optional<byte[]> open(byte[] sealed) {
        int length = sealed.length - SEAL;
        if (length < 0) {
            return Optional.empty();
        }
        byte[] found = Arrays.copyOfRange(sealed, length, sealed.length);
        return Arrays.equals(found, line(sealed, length))
                ? Optional.of(Arrays.copyOf(sealed, length))
                : Optional.empty();
    }

    private static byte[] line(byte[] content, int length) {
        CRC32 crc = new CRC32();
        crc.update(content, 0, length);
        String hex = Long.toHexString(crc.getValue() | 1L << 32).substring(1);
        return ("\n" + hex + "\n").getBytes(US_ASCII);
    }
}
