package dev.jbuild.registry.client.network;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;

/// Certificates and keys in PEM (RFC 7468).
final class PemFiles {
    private PemFiles() {}

    /// All certificates of a file, in PEM or one in DER; text between them is passed over.
    static List<X509Certificate> certificates(Path file) throws IOException {
        List<X509Certificate> certificates = new ArrayList<>();
        try (InputStream in = Files.newInputStream(file)) {
            CertificateFactory x509 = CertificateFactory.getInstance("X.509");
            for (Certificate one : x509.generateCertificates(in)) {
                certificates.add((X509Certificate) one);
            }
        } catch (CertificateException e) {
            throw new CertificateFileException(
                    "'" + file + "' is no certificate in PEM: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new CertificateFileException("'" + file + "' can't be read: " + e, e);
        }
        if (certificates.isEmpty()) {
            throw new CertificateFileException("'" + file + "' has no certificate in it", null);
        }
        return certificates;
    }

    /// An RSA, EC or Ed25519 key: PKCS #8, PKCS #1 or SEC 1, without a passphrase. What is wrong
    /// with it is told without any of it.
    static PrivateKey privateKey(Path file) throws IOException {
        try (Reader text = Files.newBufferedReader(file);
                PemReader pem = new PemReader(text)) {
            for (PemObject part = pem.readPemObject(); part != null; part = pem.readPemObject()) {
                switch (part.getType()) {
                    case "PRIVATE KEY" -> {
                        return key(PrivateKeyInfo.getInstance(part.getContent()));
                    }
                    case "RSA PRIVATE KEY" -> {
                        return key(
                                new PrivateKeyInfo(
                                        new AlgorithmIdentifier(
                                                PKCSObjectIdentifiers.rsaEncryption,
                                                DERNull.INSTANCE),
                                        RSAPrivateKey.getInstance(part.getContent())));
                    }
                    case "EC PRIVATE KEY" -> {
                        ECPrivateKey key = ECPrivateKey.getInstance(part.getContent());
                        return key(
                                new PrivateKeyInfo(
                                        new AlgorithmIdentifier(
                                                X9ObjectIdentifiers.id_ecPublicKey,
                                                key.getParametersObject()),
                                        key));
                    }
                    case "ENCRYPTED PRIVATE KEY" ->
                            throw new CertificateFileException(
                                    "the key '"
                                            + file
                                            + "' has a passphrase; take it off: openssl pkey -in KEY -out"
                                            + " OTHER",
                                    null);
                    default -> {} // such as EC PARAMETERS
                }
            }
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new CertificateFileException(
                    "'" + file + "' is no RSA, EC or Ed25519 key in PEM", e);
        } catch (CertificateFileException e) {
            throw e;
        } catch (IOException e) {
            throw new CertificateFileException("the key '" + file + "' can't be read: " + e, e);
        }
        throw new CertificateFileException("'" + file + "' has no private key in it", null);
    }

    private static PrivateKey key(PrivateKeyInfo info)
            throws GeneralSecurityException, IOException {
        ASN1ObjectIdentifier algorithm = info.getPrivateKeyAlgorithm().getAlgorithm();
        String name =
                algorithm.equals(PKCSObjectIdentifiers.rsaEncryption)
                        ? "RSA"
                        : algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey) ? "EC" : "EdDSA";
        return KeyFactory.getInstance(name)
                .generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
    }
}
