package dev.jbuild.signing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// cosign's key files (pkg/cosign/keys.go, go-securesystemslib/encrypted).
class KeyFileTest {
    @Test
    void ecdsa_key_of_cosign_is_read() throws IOException {
        SigningKey key = Fixtures.signingKey("cosign.key");
        assertEquals(KeyAlgorithm.ECDSA_P256, key.algorithm());
        assertEquals(Fixtures.verificationKey("cosign.pub"), key.verificationKey());
    }

    @Test
    void ed25519_key_of_cosign_is_read() throws IOException {
        SigningKey key = Fixtures.signingKey("ed.key");
        assertEquals(KeyAlgorithm.ED25519, key.algorithm());
        assertEquals(Fixtures.verificationKey("ed.pub"), key.verificationKey());
    }

    @Test
    void empty_passphrase_is_a_passphrase() throws IOException {
        SigningKey key = KeyFile.decrypt(Fixtures.bytes("nopass.key"), Passphrase.empty());
        assertEquals(Fixtures.verificationKey("nopass.pub"), key.verificationKey());
    }

    @Test
    void written_key_is_read_back() throws IOException {
        SigningKey key = SigningKey.generate();
        byte[] file = KeyFile.encrypt(key, Fixtures.passphrase());
        assertEquals(
                key.verificationKey(),
                KeyFile.decrypt(file, Fixtures.passphrase()).verificationKey());
    }

    @Test
    void written_file_has_cosigns_label_and_parameters() {
        byte[] file = KeyFile.encrypt(SigningKey.generate(), Fixtures.passphrase());
        String text = new String(file, StandardCharsets.US_ASCII);
        assertTrue(text.startsWith("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n"), text);
        assertTrue(text.endsWith("\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n"), text);
        String json = json(text);
        assertTrue(
                json.startsWith(
                        "{\"kdf\":{\"name\":\"scrypt\",\"params\":{\"N\":65536,\"r\":8,\"p\":1},\"salt\":\""),
                json);
        assertTrue(json.contains("\"cipher\":{\"name\":\"nacl/secretbox\",\"nonce\":\""), json);
    }

    @Test
    void same_key_is_encrypted_differently_each_time() {
        SigningKey key = SigningKey.generate();
        assertNotEquals(
                new String(KeyFile.encrypt(key, Fixtures.passphrase()), StandardCharsets.US_ASCII),
                new String(KeyFile.encrypt(key, Fixtures.passphrase()), StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @ValueSource(ints = {32768, 65536, 131072})
    void each_cost_and_the_old_label_are_read(int cost) throws IOException {
        SigningKey key = SigningKey.generate();
        byte[] file =
                KeyFile.encrypt(key, Fixtures.passphrase(), "ENCRYPTED COSIGN PRIVATE KEY", cost);
        assertEquals(
                key.verificationKey(),
                KeyFile.decrypt(file, Fixtures.passphrase()).verificationKey());
    }

    @Test
    void wrong_passphrase_is_called_so() {
        Passphrase wrong = Passphrase.of("guess".toCharArray());
        KeyFileException e =
                assertThrows(
                        KeyFileException.class,
                        () -> KeyFile.decrypt(Fixtures.bytes("cosign.key"), wrong));
        assertEquals(
                "wrong passphrase for the private key, or the file is damaged", e.getMessage());
    }

    @Test
    void cost_that_would_take_all_the_memory_is_refused() {
        byte[] file =
                KeyFile.encrypt(
                        SigningKey.generate(),
                        Fixtures.passphrase(),
                        "ENCRYPTED COSIGN PRIVATE KEY",
                        2);
        KeyFileException e =
                assertThrows(
                        KeyFileException.class, () -> KeyFile.decrypt(file, Fixtures.passphrase()));
        assertEquals(
                "private key file: unsupported scrypt parameters N=2, r=8, p=1: N is 32768, 65536 or 131072, r is 8 and p is 1",
                e.getMessage());
    }

    @Test
    void public_half_is_refused_with_the_remedy() {
        KeyFileException e =
                assertThrows(
                        KeyFileException.class,
                        () -> KeyFile.decrypt(Fixtures.bytes("cosign.pub"), Fixtures.passphrase()));
        assertEquals(
                "a 'PUBLIC KEY' where an 'ENCRYPTED SIGSTORE PRIVATE KEY' is needed: this is the public half; give the private key's file",
                e.getMessage());
    }

    @Test
    void private_half_is_refused_as_a_verification_key() {
        KeyFileException e =
                assertThrows(KeyFileException.class, () -> Fixtures.verificationKey("cosign.key"));
        assertEquals(
                "a 'ENCRYPTED SIGSTORE PRIVATE KEY' where a 'PUBLIC KEY' is needed: give the public half of the key (its .pub file)",
                e.getMessage());
    }

    @Test
    void file_without_pem_is_refused() {
        KeyFileException e =
                assertThrows(
                        KeyFileException.class,
                        () -> KeyFile.decrypt(new byte[] {'k', 'e', 'y'}, Passphrase.empty()));
        assertEquals("no PEM block in it: a key begins with '-----BEGIN '", e.getMessage());
    }

    @Test
    void file_cut_short_is_refused() {
        byte[] cut = java.util.Arrays.copyOf(Fixtures.bytes("cosign.key"), 300);
        KeyFileException e =
                assertThrows(
                        KeyFileException.class, () -> KeyFile.decrypt(cut, Fixtures.passphrase()));
        assertEquals("the PEM block 'ENCRYPTED SIGSTORE PRIVATE KEY' has no end", e.getMessage());
    }

    @Test
    void passphrase_is_wiped_from_the_callers_characters() {
        char[] characters = "secret".toCharArray();
        try (Passphrase passphrase = Passphrase.of(characters)) {
            assertFalse(passphrase.isEmpty());
        }
        assertEquals("\0\0\0\0\0\0", new String(characters));
    }

    @Test
    void passphrase_is_wiped_when_closed() {
        Passphrase passphrase = Passphrase.of("geheim ü".toCharArray());
        passphrase.close();
        for (byte b : passphrase.utf8()) {
            assertEquals(0, b);
        }
    }

    @Test
    void passphrase_is_utf_8() {
        assertEquals(
                "ü€\ud83d\ude00",
                new String(
                        Passphrase.of("ü€\ud83d\ude00".toCharArray()).utf8(),
                        StandardCharsets.UTF_8));
    }

    private static String json(String pem) {
        String base64 = pem.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }
}
