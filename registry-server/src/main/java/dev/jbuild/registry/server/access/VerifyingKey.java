package dev.jbuild.registry.server.access;

import dev.jbuild.oci.Json;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A public key that signs tokens with one algorithm: the key says which, never the token.
///
/// @param algorithm as JCA calls it
/// @param name as a token's header calls it (RFC 7518, section 3.1)
record VerifyingKey(PublicKey key, String algorithm, String name) {
    private static final int SMALLEST_RSA = 2048;

    /// What comes before the 32 bytes of an Ed25519 key in X.509 (RFC 8410).
    private static final byte[] ED25519 = HexFormat.of().parseHex("302a300506032b6570032100");

    void verify(Jwt token) throws InvalidTokenException {
        if (!token.headerText("alg").equals(Optional.of(name))) {
            throw new InvalidTokenException("the token isn't signed with " + name);
        }
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initVerify(key);
            signature.update(token.signedBytes());
            if (signature.verify(Jwt.bytes(token.signature()))) {
                return;
            }
        } catch (GeneralSecurityException _) {
            // a signature of another shape
        }
        throw new InvalidTokenException("the token's signature is not its issuer's");
    }

    static VerifyingKey ed25519(PublicKey key) {
        return new VerifyingKey(key, "Ed25519", "EdDSA");
    }

    /// The keys of a set by their ids; those of kinds that are not known here are left out (RFC
    /// 7517, section 5).
    static Map<String, VerifyingKey> ofSet(Json set) throws InvalidTokenException {
        Map<String, VerifyingKey> keys = new LinkedHashMap<>();
        if (set instanceof Json.Obj object
                && object.get("keys").orElse(null) instanceof Json.Arr(List<Json> items)) {
            for (Json item : items) {
                if (item instanceof Json.Obj key) {
                    of(key).ifPresent(known -> keys.put(text(key, "kid"), known));
                }
            }
        }
        if (keys.isEmpty()) {
            throw new InvalidTokenException("the issuer's key set has no key that is known here");
        }
        return keys;
    }

    private static Optional<VerifyingKey> of(Json.Obj key) throws InvalidTokenException {
        try {
            return switch (text(key, "kty") + " " + text(key, "crv")) {
                case "RSA " -> rsa(key);
                case "EC P-256" ->
                        Optional.of(ec(key, "secp256r1", "SHA256withECDSAinP1363Format", "ES256"));
                case "EC P-384" ->
                        Optional.of(ec(key, "secp384r1", "SHA384withECDSAinP1363Format", "ES384"));
                case "OKP Ed25519" -> Optional.of(ed25519(raw(Jwt.bytes(text(key, "x")))));
                default -> Optional.empty();
            };
        } catch (GeneralSecurityException e) {
            throw new InvalidTokenException("the issuer's key set has a broken key");
        }
    }

    private static PublicKey raw(byte[] point) throws GeneralSecurityException {
        byte[] encoded = new byte[ED25519.length + point.length];
        System.arraycopy(ED25519, 0, encoded, 0, ED25519.length);
        System.arraycopy(point, 0, encoded, ED25519.length, point.length);
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    }

    /// The 32 bytes of an Ed25519 key.
    static byte[] rawOf(PublicKey key) {
        byte[] encoded = key.getEncoded();
        return java.util.Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
    }

    private static Optional<VerifyingKey> rsa(Json.Obj key)
            throws GeneralSecurityException, InvalidTokenException {
        BigInteger modulus = number(key, "n");
        if (modulus.bitLength() < SMALLEST_RSA) {
            return Optional.empty();
        }
        PublicKey known =
                KeyFactory.getInstance("RSA")
                        .generatePublic(new RSAPublicKeySpec(modulus, number(key, "e")));
        return Optional.of(new VerifyingKey(known, "SHA256withRSA", "RS256"));
    }

    private static VerifyingKey ec(Json.Obj key, String curve, String algorithm, String name)
            throws GeneralSecurityException, InvalidTokenException {
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec(curve));
        ECPoint point = new ECPoint(number(key, "x"), number(key, "y"));
        PublicKey known =
                KeyFactory.getInstance("EC")
                        .generatePublic(
                                new ECPublicKeySpec(
                                        point, parameters.getParameterSpec(ECParameterSpec.class)));
        return new VerifyingKey(known, algorithm, name);
    }

    private static BigInteger number(Json.Obj key, String name) throws InvalidTokenException {
        return new BigInteger(1, Jwt.bytes(text(key, name)));
    }

    private static String text(Json.Obj key, String name) {
        return key.get(name).orElse(null) instanceof Json.Str(String text) ? text : "";
    }
}
