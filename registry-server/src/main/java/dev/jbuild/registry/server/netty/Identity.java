package dev.jbuild.registry.server.netty;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What the server shows of itself: a certificate, those between it and the root, and the private
/// key that belongs to it.
record Identity(PrivateKey key, List<X509Certificate> chain) {
    private static final Pattern PRIVATE_KEY =
            Pattern.compile(
                    "-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    /// @throws TlsException says which file is not as it has to be
    static Identity read(Path certificate, Path key) throws TlsException {
        List<X509Certificate> chain = certificates(certificate);
        PublicKey shown = chain.getFirst().getPublicKey();
        byte[] encoded = keyBytes(key);
        try {
            PrivateKey own =
                    KeyFactory.getInstance(shown.getAlgorithm())
                            .generatePrivate(new PKCS8EncodedKeySpec(encoded));
            if (belongs(own, shown)) {
                return new Identity(own, chain);
            }
        } catch (InvalidKeySpecException | InvalidKeyException e) {
            throw stranger(certificate, key, e);
        } catch (GeneralSecurityException e) {
            throw new TlsException(
                    "'" + certificate + "' has a kind of key that TLS can't use here", e);
        }
        throw stranger(certificate, key, null);
    }

    /// All of a PEM file, one at least.
    static List<X509Certificate> certificates(Path file) throws TlsException {
        List<X509Certificate> found = new ArrayList<>();
        try {
            CertificateFactory x509 = CertificateFactory.getInstance("X.509");
            for (Certificate certificate :
                    x509.generateCertificates(new ByteArrayInputStream(bytes(file)))) {
                found.add((X509Certificate) certificate);
            }
        } catch (CertificateException e) {
            throw new TlsException("'" + file + "' is no certificate (PEM)", e);
        }
        if (found.isEmpty()) {
            throw new TlsException("'" + file + "' holds no certificate (PEM)", null);
        }
        return found;
    }

    private static byte[] keyBytes(Path file) throws TlsException {
        Matcher pem = PRIVATE_KEY.matcher(new String(bytes(file), StandardCharsets.ISO_8859_1));
        try {
            if (pem.find()) {
                return Base64.getMimeDecoder().decode(pem.group(1));
            }
        } catch (IllegalArgumentException e) {
            throw noKey(file, e);
        }
        throw noKey(file, null);
    }

    private static byte[] bytes(Path file) throws TlsException {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new TlsException("'" + file + "' can't be read", e);
        }
    }

    private static boolean belongs(PrivateKey own, PublicKey shown)
            throws GeneralSecurityException {
        if (shown instanceof RSAPublicKey rsa) {
            return own instanceof RSAPrivateKey mine && mine.getModulus().equals(rsa.getModulus());
        }
        String algorithm = shown.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "EdDSA";
        byte[] text = "one key".getBytes(StandardCharsets.US_ASCII);
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(own);
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(shown);
        signature.update(text);
        return signature.verify(signed);
    }

    private static TlsException noKey(Path file, @Nullable Exception cause) {
        return new TlsException(
                "'"
                        + file
                        + "' is no private key: PEM, PKCS #8, without a password (openssl pkcs8"
                        + " -topk8 -nodes)",
                cause);
    }

    private static TlsException stranger(Path certificate, Path key, @Nullable Exception cause) {
        return new TlsException(
                "'"
                        + key
                        + "' is not the private key of the first certificate in '"
                        + certificate
                        + "'",
                cause);
    }
}
