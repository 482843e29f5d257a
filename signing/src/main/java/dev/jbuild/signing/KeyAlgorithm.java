package dev.jbuild.signing;

import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECKeyParameters;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.Ed25519phSigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.crypto.signers.RSADigestSigner;

/// The kinds of keys that are read. New ones are P-256, which every verifier knows.
public enum KeyAlgorithm {
    ECDSA_P256("ECDSA P-256"),
    ECDSA_P384("ECDSA P-384"),
    ECDSA_P521("ECDSA P-521"),
    ED25519("Ed25519"),
    RSA("RSA");

    private static final int SHORTEST_RSA_BITS = 2048;

    private final String title;

    KeyAlgorithm(String title) {
        this.title = title;
    }

    @Override
    public String toString() {
        return title;
    }

    /// What kind of key this is. Curves count only by name: parameters of one's own choosing allow
    /// forgeries.
    static KeyAlgorithm of(AsymmetricKeyParameter key) throws KeyFileException {
        return switch (key) {
            case ECKeyParameters ec -> ofCurve(ec);
            case Ed25519PublicKeyParameters _ -> ED25519;
            case Ed25519PrivateKeyParameters _ -> ED25519;
            case RSAKeyParameters rsa -> ofModulus(rsa);
            default ->
                    throw new KeyFileException(
                            "unsupported kind of key: ECDSA on P-256, P-384 or P-521, Ed25519 and RSA are read");
        };
    }

    /// Makes signatures that the most verifiers accept: SHA-256 on any curve, Ed25519 without
    /// prehash, RSA with PKCS#1 v1.5. Deterministic (RFC 6979 for ECDSA).
    Signer signer() {
        return switch (this) {
            case ECDSA_P256, ECDSA_P384, ECDSA_P521 ->
                    new DSADigestSigner(
                            new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest())),
                            new SHA256Digest());
            case ED25519 -> new Ed25519Signer();
            case RSA -> new RSADigestSigner(new SHA256Digest());
        };
    }

    /// The schemes in which others sign with such a key, the usual one first.
    List<Signer> verifiers() {
        return switch (this) {
            case ECDSA_P256 -> List.of(ecdsa(new SHA256Digest()));
            case ECDSA_P384 -> List.of(ecdsa(new SHA256Digest()), ecdsa(new SHA384Digest()));
            case ECDSA_P521 -> List.of(ecdsa(new SHA256Digest()), ecdsa(new SHA512Digest()));
            case ED25519 -> List.of(new Ed25519Signer(), new Ed25519phSigner(new byte[0]));
            case RSA -> List.of(new RSADigestSigner(new SHA256Digest()));
        };
    }

    private static Signer ecdsa(Digest digest) {
        return new DSADigestSigner(new ECDSASigner(), digest);
    }

    private static KeyAlgorithm ofCurve(ECKeyParameters key) throws KeyFileException {
        Optional<ASN1ObjectIdentifier> curve =
                key.getParameters() instanceof ECNamedDomainParameters named
                        ? Optional.of(named.getName())
                        : Optional.empty();
        if (curve.equals(Optional.of(SECObjectIdentifiers.secp256r1))) {
            return ECDSA_P256;
        }
        if (curve.equals(Optional.of(SECObjectIdentifiers.secp384r1))) {
            return ECDSA_P384;
        }
        if (curve.equals(Optional.of(SECObjectIdentifiers.secp521r1))) {
            return ECDSA_P521;
        }
        throw new KeyFileException(
                "unsupported curve "
                        + curve.map(ASN1ObjectIdentifier::getId).orElse("without a name")
                        + ": P-256, P-384 and P-521 are read");
    }

    private static KeyAlgorithm ofModulus(RSAKeyParameters key) throws KeyFileException {
        int bits = key.getModulus().bitLength();
        if (bits < SHORTEST_RSA_BITS) {
            throw new KeyFileException(
                    "RSA key of "
                            + bits
                            + " bits is too short to be safe: use "
                            + SHORTEST_RSA_BITS
                            + " bits or more");
        }
        return RSA;
    }
}
