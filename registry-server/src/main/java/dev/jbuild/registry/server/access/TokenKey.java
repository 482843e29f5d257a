package dev.jbuild.registry.server.access;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The key by which this registry signs its tokens (Ed25519), kept in a file for its owner alone.
/// Safe for use by several threads.
final class TokenKey {
    private final PrivateKey secret;
    private final PublicKey known;
    private final String id;

    private TokenKey(PrivateKey secret, PublicKey known) {
        this.secret = secret;
        this.known = known;
        this.id = Digest.sha256(known.getEncoded()).hex().substring(0, 16);
    }

    /// Reads the key, or makes one if there is none.
    static TokenKey open(Path file) throws IOException {
        try {
            return read(file);
        } catch (NoSuchFileException _) {
            make(file);
            return read(file);
        }
    }

    /// Names the key in a token's header.
    String id() {
        return id;
    }

    String sign(Json.Obj claims) {
        Json.Obj header =
                Json.object().put("alg", "EdDSA").put("typ", "JWT").put("kid", id).build();
        String signed = Jwt.toBeSigned(header, claims);
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(secret);
            signature.update(signed.getBytes(US_ASCII));
            return signed + "." + Jwt.base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has Ed25519", e);
        }
    }

    void verify(Jwt token) throws InvalidTokenException {
        VerifyingKey.ed25519(known).verify(token);
    }

    /// Binds a text to this registry: nobody else can make it.
    String mac(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getEncoded(), "HmacSHA256"));
            return Jwt.base64(mac.doFinal(text.getBytes(UTF_8))).substring(0, 22);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has HmacSHA256", e);
        }
    }

    /// What others verify tokens by (RFC 7517).
    Json set() {
        Json key =
                Json.object()
                        .put("kty", "OKP")
                        .put("crv", "Ed25519")
                        .put("x", Jwt.base64(VerifyingKey.rawOf(known)))
                        .put("kid", id)
                        .put("alg", "EdDSA")
                        .put("use", "sig")
                        .build();
        return Json.object().put("keys", Json.array(List.of(key))).build();
    }

    private static TokenKey read(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file, US_ASCII);
        try {
            KeyFactory factory = KeyFactory.getInstance("Ed25519");
            return new TokenKey(
                    factory.generatePrivate(
                            new PKCS8EncodedKeySpec(Base64.getDecoder().decode(lines.getFirst()))),
                    factory.generatePublic(
                            new X509EncodedKeySpec(Base64.getDecoder().decode(lines.get(1)))));
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new IOException(
                    "'"
                            + file
                            + "' is no key for tokens; remove it to have a new one made (everybody logs in again then)",
                    e);
        }
    }

    /// Of two that make one at the same time, one wins.
    private static void make(Path file) throws IOException {
        KeyPair pair;
        try {
            pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has Ed25519", e);
        }
        Base64.Encoder encoder = Base64.getEncoder();
        String text =
                encoder.encodeToString(pair.getPrivate().getEncoded())
                        + "\n"
                        + encoder.encodeToString(pair.getPublic().getEncoded())
                        + "\n";
        Path directory = file.toAbsolutePath().getParent();
        Path temp = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(temp);
        try (FileChannel out =
                FileChannel.open(
                        temp,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")))) {
            out.write(ByteBuffer.wrap(text.getBytes(US_ASCII)));
            out.force(true);
        }
        Files.move(temp, file, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel parent = FileChannel.open(directory)) {
            parent.force(true);
        }
    }
}
