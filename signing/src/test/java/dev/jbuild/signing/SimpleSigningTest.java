package dev.jbuild.signing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The payload as cosign writes and containers/image reads it.
class SimpleSigningTest {
    private static final String HEX =
            "e71067a1b2eb6ec962d17c8c76974b89a1c43e60e7199574452a3648e5c58e46";
    private static final String PLAIN =
            "{\"critical\":{\"identity\":{\"docker-reference\":\"127.0.0.1:5055/t/x:v1\"},\"image\":{\"docker-manifest-digest\":\"sha256:"
                    + HEX
                    + "\"},\"type\":\"cosign container image signature\"},\"optional\":null}";

    @Test
    void payload_without_annotations_is_cosigns_byte_for_byte() {
        byte[] payload = SimpleSigning.of(Fixtures.NAME, Fixtures.IMAGE, Map.of()).encode();
        assertEquals(PLAIN, new String(payload, StandardCharsets.UTF_8));
        assertArrayEquals(
                Fixtures.bytes(
                        "sha256-de31fd22ec7c3d26120ca18c7e454543ab7a53252cf9022875f8544e64b742b2"),
                payload);
    }

    @Test
    void annotations_are_sorted() {
        byte[] payload =
                SimpleSigning.of(Fixtures.NAME, Fixtures.IMAGE, Map.of("n", "1", "env", "prod"))
                        .encode();
        assertEquals(
                PLAIN.replace("null", "{\"env\":\"prod\",\"n\":\"1\"}"),
                new String(payload, StandardCharsets.UTF_8));
    }

    @Test
    void name_by_digest_is_signed_as_the_repository() {
        ImageReference name = ImageReference.parse("reg.example/app@sha256:" + HEX);
        assertEquals(
                "reg.example/app", SimpleSigning.of(name, Fixtures.IMAGE, Map.of()).identity());
    }

    @Test
    void name_at_docker_hub_is_signed_in_full() {
        assertEquals(
                "docker.io/library/debian:bookworm",
                SimpleSigning.of(ImageReference.parse("debian:bookworm"), Fixtures.IMAGE, Map.of())
                        .identity());
    }

    @Test
    void payload_of_skopeo_is_read() throws IOException {
        String optional = "{\"creator\":\"containers/image 5.23.1\",\"timestamp\":1700000000}";
        SimpleSigning signed = parse(PLAIN.replace("null", optional));
        assertEquals("127.0.0.1:5055/t/x:v1", signed.identity());
        assertEquals(Fixtures.IMAGE, signed.digest());
        assertEquals(Json.of("containers/image 5.23.1"), signed.optional().get("creator"));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "\"optional\":null | \"optional\":null,\"more\":1 | signed payload: the member 'more' is unknown",
                ",\"optional\":null | `` | signed payload: 'optional' is missing",
                "\"type\": | \"limit\":1,\"type\": | signed payload.critical: the member 'limit' is unknown",
                "{\"docker-reference\" | {\"x\":1,\"docker-reference\" | signed payload.critical.identity: the member 'x' is unknown",
                "docker-manifest-digest | digest | signed payload.critical.image: the member 'digest' is unknown",
                "cosign container | atomic container | signed payload: its type is 'atomic container image signature' in place of 'cosign container image signature'",
                "sha256:e7 | sha256: | signed payload: invalid digest 'sha256:1067a1b2eb6ec962d17c8c76974b89a1c43e60e7199574452a3648e5c58e46': the hash has 62 characters; sha256 needs 64 characters of lower-case hex",
                "\"optional\":null | \"optional\":7 | signed payload.optional: not a JSON object"
            })
    void anything_else_is_refused(String part, String replacement, String message) {
        InvalidJsonException e =
                assertThrows(
                        InvalidJsonException.class, () -> parse(PLAIN.replace(part, replacement)));
        assertEquals(message, e.getMessage());
    }

    @Test
    void member_given_twice_is_refused() {
        String twice =
                PLAIN.replace(
                        "\"docker-reference\"", "\"docker-reference\":\"x\",\"docker-reference\"");
        assertThrows(InvalidJsonException.class, () -> parse(twice));
    }

    private static SimpleSigning parse(String text) throws InvalidJsonException {
        return SimpleSigning.parse(text.getBytes(StandardCharsets.UTF_8));
    }
}
