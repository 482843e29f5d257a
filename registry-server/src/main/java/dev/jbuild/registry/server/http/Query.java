package dev.jbuild.registry.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The parameters of a query, decoded, in order. A `+` is itself, not a space: media types have
/// one, which some clients don't encode, and no parameter of a registry has a space.
public record Query(List<Headers.Field> parameters) {

    /// @throws IllegalArgumentException if the percent-encoding is broken
    public static Query parse(String query) {
        List<Headers.Field> parameters = new ArrayList<>();
        for (String part : query.split("&", -1)) {
            if (!part.isEmpty()) {
                int equals = part.indexOf('=');
                String name = equals < 0 ? part : part.substring(0, equals);
                String value = equals < 0 ? "" : part.substring(equals + 1);
                parameters.add(new Headers.Field(decode(name), decode(value)));
            }
        }
        return new Query(List.copyOf(parameters));
    }

    public Optional<String> first(String name) {
        return parameters.stream()
                .filter(parameter -> parameter.name().equals(name))
                .map(Headers.Field::value)
                .findFirst();
    }

    public List<String> all(String name) {
        return parameters.stream()
                .filter(parameter -> parameter.name().equals(name))
                .map(Headers.Field::value)
                .toList();
    }

    /// Replaces `%XX` by the bytes, which must be UTF-8.
    ///
    /// @throws IllegalArgumentException if they aren't, or a `%` is not followed by two hex digits
    public static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[in.length];
        int length = 0;
        for (int i = 0; i < in.length; i++) {
            if (in[i] != '%') {
                out[length++] = in[i];
            } else if (i + 2 < in.length && hex(in[i + 1]) >= 0 && hex(in[i + 2]) >= 0) {
                out[length++] = (byte) (hex(in[i + 1]) << 4 | hex(in[i + 2]));
                i += 2;
            } else {
                throw new IllegalArgumentException(
                        "invalid percent-encoding in '" + text + "': two hex digits follow a '%'");
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(out, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(
                    "invalid percent-encoding in '" + text + "': the bytes are not UTF-8", e);
        }
    }

    private static int hex(byte digit) {
        return Character.digit(digit, 16);
    }
}
