package dev.jbuild.registry.server.access;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// A signed token as it came, not verified (RFC 7519, compact form).
///
/// @param signed what the signature is over
record Jwt(Json.Obj header, Json.Obj claims, String signed, String signature) {
    private static final int LONGEST = 16 * 1024;
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    static Jwt parse(String token) throws InvalidTokenException {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3 || token.length() > LONGEST) {
            throw new InvalidTokenException("the token is no JWT");
        }
        return new Jwt(object(parts[0]), object(parts[1]), parts[0] + "." + parts[1], parts[2]);
    }

    /// Whether a text could be a token, to tell it from a password.
    static boolean looksLikeOne(String text) {
        return text.startsWith("eyJ") && text.chars().filter(c -> c == '.').count() == 2;
    }

    /// Header and claims, to be signed.
    static String toBeSigned(Json.Obj header, Json.Obj claims) {
        return base64(header.encode()) + "." + base64(claims.encode());
    }

    static String base64(byte[] bytes) {
        return ENCODER.encodeToString(bytes);
    }

    static byte[] bytes(String base64) throws InvalidTokenException {
        try {
            return Base64.getUrlDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new InvalidTokenException("the token is no JWT");
        }
    }

    byte[] signedBytes() {
        return signed.getBytes(US_ASCII);
    }

    Optional<String> headerText(String name) {
        return text(header, name);
    }

    Optional<String> text(String claim) {
        return text(claims, claim);
    }

    /// Seconds since 1970.
    Optional<Long> time(String claim) {
        return claims.get(claim)
                .filter(Json.Num.class::isInstance)
                .map(value -> ((Json.Num) value).value().longValue());
    }

    /// A claim that is one text or a list of them.
    List<String> texts(String claim) {
        return claims.get(claim)
                .map(
                        value ->
                                switch (value) {
                                    case Json.Str(String text) -> List.of(text);
                                    case Json.Arr(List<Json> items) ->
                                            items.stream()
                                                    .filter(Json.Str.class::isInstance)
                                                    .map(item -> ((Json.Str) item).value())
                                                    .toList();
                                    default -> List.<String>of();
                                })
                .orElse(List.of());
    }

    private static Optional<String> text(Json.Obj object, String name) {
        return object.get(name)
                .filter(Json.Str.class::isInstance)
                .map(value -> ((Json.Str) value).value());
    }

    private static Json.Obj object(String part) throws InvalidTokenException {
        try {
            if (Json.parse(bytes(part)) instanceof Json.Obj object) {
                return object;
            }
        } catch (InvalidJsonException _) {
            // told below
        }
        throw new InvalidTokenException("the token is no JWT");
    }
}
