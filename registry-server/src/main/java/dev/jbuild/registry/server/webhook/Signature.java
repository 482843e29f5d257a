package dev.jbuild.registry.server.webhook;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs requests as Standard Webhooks 1.0 has it, so that receivers have libraries to check with:
/// HMAC-SHA256 of id, time and body.
public final class Signature {
    private static final String PREFIX = "whsec_";
    private static final int LEAST_BYTES = 16;

    private final SecretKeySpec key;

    private Signature(byte[] key) {
        this.key = new SecretKeySpec(key, "HmacSHA256");
    }

    /// @param file the key: `whsec_` and base64, or any other text, whose bytes are the key
    /// @throws IOException also if it is too short to be one
    public static Signature read(Path file) throws IOException {
        String text = Files.readString(file).strip();
        byte[] key;
        try {
            key =
                    text.startsWith(PREFIX)
                            ? Base64.getDecoder().decode(text.substring(PREFIX.length()))
                            : text.getBytes(StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new IOException("what follows whsec_ in '" + file + "' is no base64");
        }
        if (key.length < LEAST_BYTES) {
            throw new IOException(
                    "the secret in '"
                            + file
                            + "' has "
                            + key.length
                            + " bytes; "
                            + LEAST_BYTES
                            + " is the least (openssl rand -base64 32)");
        }
        return new Signature(key);
    }

    /// The header `webhook-signature`.
    String of(String id, long seconds, String body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            byte[] signed =
                    mac.doFinal((id + "." + seconds + "." + body).getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(signed);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }
}
