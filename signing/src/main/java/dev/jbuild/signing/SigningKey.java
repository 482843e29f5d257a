package dev.jbuild.signing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.generators.ECKeyPairGenerator;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECKeyGenerationParameters;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;

/// A private key with its public half.
public final class SigningKey {
    private final AsymmetricKeyParameter key;
    private final VerificationKey verificationKey;

    private SigningKey(AsymmetricKeyParameter key, VerificationKey verificationKey) {
        this.key = key;
        this.verificationKey = verificationKey;
    }

    /// A new key: ECDSA on P-256, which every verifier accepts.
    public static SigningKey generate() {
        ECKeyPairGenerator generator = new ECKeyPairGenerator();
        generator.init(
                new ECKeyGenerationParameters(
                        ECNamedDomainParameters.lookup(SECObjectIdentifiers.secp256r1),
                        new SecureRandom()));
        try {
            return of(generator.generateKeyPair().getPrivate());
        } catch (KeyFileException e) {
            throw new IllegalStateException("a new key is of a supported kind", e);
        }
    }

    /// Reads an unencrypted PKCS#8 document (RFC 5208) in DER.
    public static SigningKey ofPkcs8(byte[] der) throws KeyFileException {
        AsymmetricKeyParameter key;
        try {
            key = PrivateKeyFactory.createKey(der);
        } catch (IOException | RuntimeException e) {
            throw new KeyFileException("not a valid private key (PKCS#8)", e);
        }
        return of(key);
    }

    public VerificationKey verificationKey() {
        return verificationKey;
    }

    public KeyAlgorithm algorithm() {
        return verificationKey.algorithm();
    }

    /// Signs in the scheme that the most verifiers accept. ECDSA's result is in DER.
    public byte[] sign(byte[] message) {
        Signer signer = algorithm().signer();
        signer.init(true, key);
        signer.update(message, 0, message.length);
        try {
            return signer.generateSignature();
        } catch (CryptoException e) {
            throw new IllegalStateException("a valid key signs any message", e);
        }
    }

    /// The key as PKCS#8 in DER, unencrypted: to be wiped by the caller.
    byte[] pkcs8() {
        try {
            return PrivateKeyInfoFactory.createPrivateKeyInfo(key).getEncoded("DER");
        } catch (IOException e) {
            throw new UncheckedIOException("a supported private key has an encoding", e);
        }
    }

    /// Names the public half only.
    @Override
    public String toString() {
        return "private key of " + verificationKey;
    }

    private static SigningKey of(AsymmetricKeyParameter key) throws KeyFileException {
        return new SigningKey(key, VerificationKey.of(publicHalf(key)));
    }

    private static AsymmetricKeyParameter publicHalf(AsymmetricKeyParameter key)
            throws KeyFileException {
        return switch (key) {
            case ECPrivateKeyParameters ec ->
                    new ECPublicKeyParameters(
                            new FixedPointCombMultiplier()
                                    .multiply(ec.getParameters().getG(), ec.getD()),
                            ec.getParameters());
            case Ed25519PrivateKeyParameters ed -> ed.generatePublicKey();
            case RSAPrivateCrtKeyParameters rsa ->
                    new RSAKeyParameters(false, rsa.getModulus(), rsa.getPublicExponent());
            default ->
                    throw new KeyFileException(
                            "unsupported kind of private key: ECDSA, Ed25519 and RSA are read");
        };
    }
}
