package dev.jbuild.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// image-spec 1.1, descriptor.md, "Digests".
class DigestTest {
    private static final String HEX =
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    @Test
    void sha256_of_an_empty_object_is_the_specifications() {
        assertEquals("sha256:" + HEX, Digest.sha256("{}".getBytes(UTF_8)).toString());
    }

    @Test
    void text_comes_back_as_it_was() {
        assertEquals("sha256:" + HEX, Digest.parse("sha256:" + HEX).toString());
        String sha512 = Digest.of(DigestAlgorithm.SHA512, new byte[0]).toString();
        assertEquals(128 + 7, sha512.length());
        assertEquals(sha512, Digest.parse(sha512).toString());
    }

    @ParameterizedTest
    @CsvSource({
        "sha256:abc,the hash has 3 characters; sha256 needs 64 characters of lower-case hex",
        "abc,no ':' between algorithm and hash; an example is sha256:44136fa3… with 64 hex digits",
        "md5:abc,the algorithm 'md5' is not supported; sha256 and sha512 are",
        "'',no ':' between algorithm and hash; an example is sha256:44136fa3… with 64 hex digits",
    })
    void message_says_which_part_is_wrong(String text, String why) {
        InvalidDigestException e =
                assertThrows(InvalidDigestException.class, () -> Digest.parse(text));
        assertEquals("invalid digest '" + text + "': " + why, e.getMessage());
    }

    @Test
    void upper_case_hex_is_refused() {
        assertThrows(
                InvalidDigestException.class,
                () -> Digest.parse("sha256:" + HEX.replace('f', 'F')));
    }

    @Test
    void path_in_place_of_a_hash_is_refused() {
        assertThrows(
                InvalidDigestException.class,
                () -> Digest.parse("sha256:" + "../".repeat(21) + "x"));
    }

    /// Computed with sha256sum: `printf 'sha256:aa… sha256:bb…' | sha256sum`.
    @Test
    void chain_id_hashes_the_chain_below_and_the_top() {
        DiffId a = DiffId.parse("sha256:" + "a".repeat(64));
        DiffId b = DiffId.parse("sha256:" + "b".repeat(64));
        assertEquals(Optional.empty(), ChainId.of(List.of()));
        assertEquals(Optional.of(new ChainId(a.digest())), ChainId.of(List.of(a)));
        assertEquals(
                Optional.of(
                        ChainId.parse(
                                "sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c")),
                ChainId.of(List.of(a, b)));
    }
}
