package dev.jbuild.store.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.function.Consumer;

/// A tar made block by block, whatever it may say. Text is bytes, one a character.
final class RawTar {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /// A header whose checksum is right.
    RawTar header(String name, char type, long size, Consumer<byte[]> change) {
        byte[] block = new byte[Ustar.BLOCK];
        Ustar.NAME.putText(block, name);
        Ustar.MODE.putOctal(block, 0644);
        Ustar.SIZE.putOctal(block, size);
        Ustar.TYPE.putText(block, String.valueOf(type));
        Ustar.MAGIC.putText(block, Ustar.POSIX_MAGIC);
        change.accept(block);
        Ustar.putChecksum(block);
        out.writeBytes(block);
        return this;
    }

    RawTar header(String name, char type, long size) {
        return header(name, type, size, block -> {});
    }

    RawTar file(String name) {
        return header(name, '0', 0);
    }

    RawTar file(String name, String content) {
        return header(name, '0', content.length()).padded(content);
    }

    RawTar link(String name, char type, String target) {
        return header(name, type, 0, block -> Ustar.LINK_NAME.putText(block, target));
    }

    /// @param records keywords and values in turn
    RawTar pax(char type, String... records) {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < records.length; i += 2) {
            String rest = " " + records[i] + "=" + records[i + 1] + "\n";
            int length = rest.length() + 1;
            while (Integer.toString(length).length() + rest.length() != length) {
                length++;
            }
            all.append(length).append(rest);
        }
        return extension(type, all.toString());
    }

    /// An extended header with any content.
    RawTar extension(char type, String content) {
        return header("extension", type, content.length()).padded(content);
    }

    RawTar padded(String content) {
        byte[] bytes = content.getBytes(ISO_8859_1);
        return raw(Arrays.copyOf(bytes, bytes.length + Ustar.padding(bytes.length)));
    }

    RawTar raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    byte[] unended() {
        return out.toByteArray();
    }

    byte[] ended() {
        byte[] bytes = out.toByteArray();
        return Arrays.copyOf(bytes, bytes.length + 2 * Ustar.BLOCK);
    }

    /// Puts a base-256 number.
    static Consumer<byte[]> base256(int offset, int length, long value) {
        return block -> {
            for (int i = 0; i < length; i++) {
                int shift = 8 * (length - 1 - i);
                block[offset + i] = (byte) (shift >= 64 ? value >> 63 : value >> shift);
            }
            block[offset] = (byte) (value < 0 ? 0xff : 0x80);
        };
    }

    /// Puts text.
    static Consumer<byte[]> text(int offset, String text) {
        return block -> {
            for (int i = 0; i < text.length(); i++) {
                block[offset + i] = (byte) text.charAt(i);
            }
        };
    }
}
