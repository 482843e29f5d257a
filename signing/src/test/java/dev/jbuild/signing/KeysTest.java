package dev.jbuild.signing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import org.bouncycastle.asn1.sec.SECNamedCurves;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Keys and raw signatures, checked against the JDK's own implementation.
class KeysTest {
    /// Made once: it takes long.
    private static final KeyPair RSA_PAIR = rsaPair();

    private static final byte[] MESSAGE = "message".getBytes(StandardCharsets.UTF_8);

    @ParameterizedTest
    @CsvSource({
        "EC, secp256r1, SHA256withECDSA, ECDSA_P256",
        "EC, secp384r1, SHA256withECDSA, ECDSA_P384",
        "EC, secp521r1, SHA256withECDSA, ECDSA_P521",
        "Ed25519, , Ed25519, ED25519",
        "RSA, , SHA256withRSA, RSA"
    })
    void jdk_verifies_what_is_signed_here(
            String kind, String curve, String scheme, KeyAlgorithm algorithm)
            throws GeneralSecurityException, IOException {
        KeyPair pair = jdkPair(kind, curve);
        SigningKey key = SigningKey.ofPkcs8(pair.getPrivate().getEncoded());
        Signature verifier = Signature.getInstance(scheme);
        verifier.initVerify(pair.getPublic());
        verifier.update(MESSAGE);
        assertTrue(verifier.verify(key.sign(MESSAGE)));
        assertEquals(algorithm, key.algorithm());
    }

    @ParameterizedTest
    @CsvSource({
        "EC, secp256r1, SHA256withECDSA",
        "EC, secp384r1, SHA256withECDSA",
        "EC, secp384r1, SHA384withECDSA",
        "EC, secp521r1, SHA256withECDSA",
        "EC, secp521r1, SHA512withECDSA",
        "Ed25519, , Ed25519",
        "RSA, , SHA256withRSA"
    })
    void what_the_jdk_signs_is_verified_here(String kind, String curve, String scheme)
            throws GeneralSecurityException, IOException {
        KeyPair pair = jdkPair(kind, curve);
        VerificationKey key = VerificationKey.parseSpki(pair.getPublic().getEncoded());
        Signature signer = Signature.getInstance(scheme);
        signer.initSign(pair.getPrivate());
        signer.update(MESSAGE);
        byte[] signature = signer.sign();
        assertTrue(key.verifies(MESSAGE, signature));
        assertFalse(key.verifies("massage".getBytes(StandardCharsets.UTF_8), signature));
    }

    @Test
    void sha1_signature_is_not_accepted() throws GeneralSecurityException, IOException {
        KeyPair pair = jdkPair("RSA", null);
        Signature signer = Signature.getInstance("SHA1withRSA");
        signer.initSign(pair.getPrivate());
        signer.update(MESSAGE);
        assertFalse(
                VerificationKey.parseSpki(pair.getPublic().getEncoded())
                        .verifies(MESSAGE, signer.sign()));
    }

    @Test
    void signing_twice_gives_the_same_bytes() {
        SigningKey key = SigningKey.generate();
        assertArrayEquals(key.sign(MESSAGE), key.sign(MESSAGE));
    }

    @Test
    void signature_of_another_key_is_not_accepted() {
        byte[] signature = SigningKey.generate().sign(MESSAGE);
        assertFalse(SigningKey.generate().verificationKey().verifies(MESSAGE, signature));
    }

    @Test
    void garbage_is_no_signature() {
        VerificationKey key = SigningKey.generate().verificationKey();
        assertFalse(key.verifies(MESSAGE, new byte[0]));
        assertFalse(key.verifies(MESSAGE, new byte[] {0x30, 0x06, 2, 1, 0, 2, 1, 0}));
    }

    @Test
    void public_key_survives_its_pem() throws IOException {
        VerificationKey key = SigningKey.generate().verificationKey();
        assertEquals(key, VerificationKey.parsePem(key.toPem()));
    }

    @Test
    void public_key_of_cosign_is_written_as_cosign_does() throws IOException {
        assertArrayEquals(
                Fixtures.bytes("cosign.pub"), Fixtures.verificationKey("cosign.pub").toPem());
    }

    @Test
    void short_rsa_key_is_refused() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(1024);
        byte[] spki = generator.generateKeyPair().getPublic().getEncoded();
        KeyFileException e =
                assertThrows(KeyFileException.class, () -> VerificationKey.parseSpki(spki));
        assertEquals(
                "RSA key of 1024 bits is too short to be safe: use 2048 bits or more",
                e.getMessage());
    }

    /// A generator of one's own choosing makes any public key one's own (CVE-2020-0601).
    @Test
    void curve_given_by_its_parameters_is_refused() throws IOException {
        X9ECParameters p256 = SECNamedCurves.getByOID(SECObjectIdentifiers.secp256r1);
        ECDomainParameters forged =
                new ECDomainParameters(
                        p256.getCurve(),
                        p256.getG().multiply(BigInteger.TWO).normalize(),
                        p256.getN(),
                        p256.getH());
        byte[] spki =
                SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(
                                new ECPublicKeyParameters(forged.getG(), forged))
                        .getEncoded();
        KeyFileException e =
                assertThrows(KeyFileException.class, () -> VerificationKey.parseSpki(spki));
        assertEquals(
                "unsupported curve without a name: P-256, P-384 and P-521 are read",
                e.getMessage());
    }

    @Test
    void unusual_curve_is_refused() throws GeneralSecurityException, IOException {
        byte[] spki =
                SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(secp256k1()).getEncoded();
        assertThrows(KeyFileException.class, () -> VerificationKey.parseSpki(spki));
    }

    @Test
    void private_key_does_not_show_itself() {
        SigningKey key = SigningKey.generate();
        assertEquals("private key of " + key.verificationKey(), key.toString());
    }

    private static KeyPair rsaPair() {
        try {
            return KeyPairGenerator.getInstance("RSA").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static ECPublicKeyParameters secp256k1() {
        var domain =
                org.bouncycastle.crypto.params.ECNamedDomainParameters.lookup(
                        SECObjectIdentifiers.secp256k1);
        return new ECPublicKeyParameters(domain.getG(), domain);
    }

    private static KeyPair jdkPair(String kind, @org.jspecify.annotations.Nullable String curve)
            throws GeneralSecurityException {
        if (kind.equals("RSA")) {
            return RSA_PAIR;
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
        if (curve != null) {
            generator.initialize(new ECGenParameterSpec(curve));
        }
        return generator.generateKeyPair();
    }
}
