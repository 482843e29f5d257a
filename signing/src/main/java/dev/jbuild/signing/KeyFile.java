package dev.jbuild.signing;

import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import org.bouncycastle.crypto.generators.SCrypt;

/// cosign's encrypted private key: PEM around JSON around a NaCl secret box whose key is derived
/// from the passphrase by scrypt (RFC 7914). cosign and skopeo read what is written here.
public final class KeyFile {
    private static final String LABEL = "ENCRYPTED SIGSTORE PRIVATE KEY";
    private static final Set<String> LABELS = Set.of(LABEL, "ENCRYPTED COSIGN PRIVATE KEY");
    private static final String KDF = "scrypt";
    private static final String CIPHER = "nacl/secretbox";
    private static final int COST = 65536;
    private static final Set<Integer> COSTS = Set.of(32768, COST, 131072);
    private static final int BLOCK_SIZE = 8;
    private static final int SALT_LENGTH = 32;

    private KeyFile() {}

    /// Encrypts a key; every call has another result.
    ///
    /// @return the PEM file
    public static byte[] encrypt(SigningKey key, Passphrase passphrase) {
        return encrypt(key, passphrase, LABEL, COST);
    }

    /// In the form of another label and cost; old files are so.
    static byte[] encrypt(SigningKey key, Passphrase passphrase, String label, int cost) {
        SecureRandom random = new SecureRandom();
        byte[] salt = new byte[SALT_LENGTH];
        byte[] nonce = new byte[SecretBox.NONCE_LENGTH];
        random.nextBytes(salt);
        random.nextBytes(nonce);
        byte[] secret = derive(passphrase, salt, cost);
        byte[] pkcs8 = key.pkcs8();
        byte[] box = SecretBox.seal(secret, nonce, pkcs8);
        Arrays.fill(secret, (byte) 0);
        Arrays.fill(pkcs8, (byte) 0);
        return Pem.of(label, toJson(cost, salt, nonce, box).encode()).encode();
    }

    /// Reads a PEM file of cosign's, skopeo's or jbuild's.
    ///
    /// @throws KeyFileException if the passphrase is wrong or the file is no such key
    public static SigningKey decrypt(byte[] pem, Passphrase passphrase) throws KeyFileException {
        Pem block = Pem.parse(pem);
        if (!LABELS.contains(block.label())) {
            throw new KeyFileException(
                    "a '" + block.label() + "' where an '" + LABEL + "' is needed" + remedy(block));
        }
        try {
            return decrypt(JsonMembers.parse("private key file", block.content()), passphrase);
        } catch (InvalidJsonException e) {
            throw new KeyFileException(e.getMessage() + ": the key file is damaged", e);
        }
    }

    private static SigningKey decrypt(JsonMembers json, Passphrase passphrase)
            throws InvalidJsonException, KeyFileException {
        JsonMembers kdf = json.requiredObject("kdf");
        JsonMembers cipher = json.requiredObject("cipher");
        expect(kdf, KDF);
        expect(cipher, CIPHER);
        byte[] nonce = bytes(cipher, "nonce");
        if (nonce.length != SecretBox.NONCE_LENGTH) {
            throw new KeyFileException(
                    "private key file: the nonce has " + nonce.length + " bytes in place of 24");
        }
        byte[] secret = derive(passphrase, bytes(kdf, "salt"), cost(kdf));
        byte[] pkcs8 =
                SecretBox.open(secret, nonce, bytes(json, "ciphertext"))
                        .orElseThrow(
                                () ->
                                        new KeyFileException(
                                                "wrong passphrase for the private key, or the file is damaged"));
        Arrays.fill(secret, (byte) 0);
        try {
            return SigningKey.ofPkcs8(pkcs8);
        } finally {
            Arrays.fill(pkcs8, (byte) 0);
        }
    }

    private static byte[] derive(Passphrase passphrase, byte[] salt, int cost) {
        return SCrypt.generate(passphrase.utf8(), salt, cost, BLOCK_SIZE, 1, SecretBox.KEY_LENGTH);
    }

    private static Json toJson(int cost, byte[] salt, byte[] nonce, byte[] box) {
        return Json.object()
                .put(
                        "kdf",
                        Json.object()
                                .put("name", KDF)
                                .put(
                                        "params",
                                        Json.object()
                                                .put("N", cost)
                                                .put("r", BLOCK_SIZE)
                                                .put("p", 1)
                                                .build())
                                .put("salt", base64(salt))
                                .build())
                .put(
                        "cipher",
                        Json.object().put("name", CIPHER).put("nonce", base64(nonce)).build())
                .put("ciphertext", base64(box))
                .build();
    }

    /// The scrypt cost; only cosign's own values, so that a file can't ask for all the memory.
    private static int cost(JsonMembers kdf) throws InvalidJsonException, KeyFileException {
        JsonMembers parameters = kdf.requiredObject("params");
        long n = parameters.requiredNumber("N");
        long r = parameters.requiredNumber("r");
        long p = parameters.requiredNumber("p");
        if (n > Integer.MAX_VALUE || !COSTS.contains((int) n) || r != BLOCK_SIZE || p != 1) {
            throw new KeyFileException(
                    "private key file: unsupported scrypt parameters N="
                            + n
                            + ", r="
                            + r
                            + ", p="
                            + p
                            + ": N is 32768, 65536 or 131072, r is 8 and p is 1");
        }
        return (int) n;
    }

    private static void expect(JsonMembers json, String name)
            throws InvalidJsonException, KeyFileException {
        String actual = json.requiredText("name");
        if (!actual.equals(name)) {
            throw new KeyFileException(
                    json.document() + ": '" + actual + "' is not supported, only '" + name + "'");
        }
    }

    private static byte[] bytes(JsonMembers json, String name)
            throws InvalidJsonException, KeyFileException {
        try {
            return Base64.getDecoder().decode(json.requiredText(name));
        } catch (IllegalArgumentException e) {
            throw new KeyFileException(json.document() + ": '" + name + "' is not base64", e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static String remedy(Pem block) {
        return block.label().equals("PUBLIC KEY")
                ? ": this is the public half; give the private key's file"
                : ": make one with 'jbuild key generate', or import this one with 'cosign import-key-pair'";
    }
}
