package dev.jbuild.signing;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;

/// A public key. Equal to another if both are the same key.
public final class VerificationKey {
    private static final String LABEL = "PUBLIC KEY";

    private final KeyAlgorithm algorithm;
    private final AsymmetricKeyParameter key;
    private final byte[] spki;

    private VerificationKey(KeyAlgorithm algorithm, AsymmetricKeyParameter key, byte[] spki) {
        this.algorithm = algorithm;
        this.key = key;
        this.spki = spki;
    }

    static VerificationKey of(AsymmetricKeyParameter key) throws KeyFileException {
        return new VerificationKey(KeyAlgorithm.of(key), key, encode(key));
    }

    /// Reads a PEM file with a `PUBLIC KEY` (SubjectPublicKeyInfo, RFC 5280).
    public static VerificationKey parsePem(byte[] pem) throws KeyFileException {
        Pem block = Pem.parse(pem);
        if (!block.label().equals(LABEL)) {
            throw new KeyFileException(
                    "a '"
                            + block.label()
                            + "' where a '"
                            + LABEL
                            + "' is needed: give the public half of the key (its .pub file)");
        }
        return parseSpki(block.content());
    }

    static VerificationKey parseSpki(byte[] der) throws KeyFileException {
        AsymmetricKeyParameter key;
        try {
            key = PublicKeyFactory.createKey(der);
        } catch (IOException | RuntimeException e) {
            throw new KeyFileException("not a valid public key (SubjectPublicKeyInfo)", e);
        }
        return of(key);
    }

    public byte[] toPem() {
        return Pem.of(LABEL, spki).encode();
    }

    public KeyAlgorithm algorithm() {
        return algorithm;
    }

    /// The SHA-256 of the key's SubjectPublicKeyInfo: its name among keys.
    public Digest fingerprint() {
        return Digest.sha256(spki);
    }

    /// Whether the signature of the message was made by this key, in any of the schemes in use for
    /// its kind.
    public boolean verifies(byte[] message, byte[] signature) {
        for (Signer verifier : algorithm.verifiers()) {
            verifier.init(false, key);
            verifier.update(message, 0, message.length);
            if (verifier.verifySignature(signature)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VerificationKey key && Arrays.equals(spki, key.spki);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(spki);
    }

    @Override
    public String toString() {
        return algorithm + " " + fingerprint();
    }

    private static byte[] encode(AsymmetricKeyParameter key) {
        try {
            return SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(key).getEncoded("DER");
        } catch (IOException e) {
            throw new UncheckedIOException("a supported public key has an encoding", e);
        }
    }
}
