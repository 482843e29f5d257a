package dev.jbuild.signing;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.crypto.engines.XSalsa20Engine;
import org.bouncycastle.crypto.macs.Poly1305;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;

/// NaCl's `crypto_secretbox`: XSalsa20 and Poly1305 (Bernstein, "Cryptography in NaCl", sections 9
/// and 10). A box is the tag of 16 bytes and then the ciphertext.
final class SecretBox {
    static final int KEY_LENGTH = 32;
    static final int NONCE_LENGTH = 24;
    private static final int TAG_LENGTH = 16;

    private SecretBox() {}

    static byte[] seal(byte[] key, byte[] nonce, byte[] message) {
        XSalsa20Engine stream = stream(key, nonce);
        byte[] macKey = macKey(stream);
        byte[] box = new byte[TAG_LENGTH + message.length];
        stream.processBytes(message, 0, message.length, box, TAG_LENGTH);
        System.arraycopy(tag(macKey, box), 0, box, 0, TAG_LENGTH);
        Arrays.fill(macKey, (byte) 0);
        return box;
    }

    /// The message, or empty if the box was not sealed with this key and nonce.
    static Optional<byte[]> open(byte[] key, byte[] nonce, byte[] box) {
        if (box.length < TAG_LENGTH) {
            return Optional.empty();
        }
        XSalsa20Engine stream = stream(key, nonce);
        byte[] macKey = macKey(stream);
        byte[] expected = tag(macKey, box);
        Arrays.fill(macKey, (byte) 0);
        if (!MessageDigest.isEqual(expected, Arrays.copyOf(box, TAG_LENGTH))) {
            return Optional.empty();
        }
        byte[] message = new byte[box.length - TAG_LENGTH];
        stream.processBytes(box, TAG_LENGTH, message.length, message, 0);
        return Optional.of(message);
    }

    private static XSalsa20Engine stream(byte[] key, byte[] nonce) {
        XSalsa20Engine stream = new XSalsa20Engine();
        stream.init(true, new ParametersWithIV(new KeyParameter(key), nonce));
        return stream;
    }

    /// The first 32 bytes of the key stream.
    private static byte[] macKey(XSalsa20Engine stream) {
        byte[] key = new byte[32];
        stream.processBytes(key, 0, key.length, key, 0);
        return key;
    }

    private static byte[] tag(byte[] macKey, byte[] box) {
        Poly1305 mac = new Poly1305();
        mac.init(new KeyParameter(macKey));
        mac.update(box, TAG_LENGTH, box.length - TAG_LENGTH);
        byte[] tag = new byte[TAG_LENGTH];
        mac.doFinal(tag, 0);
        return tag;
    }
}
