package dev.jbuild.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// How docker reads names, and what is written back.
class ImageReferenceTest {
    private static final String DIGEST = "sha256:" + "a".repeat(64);

    @ParameterizedTest
    @CsvSource({
        "alpine,docker.io/library/alpine:latest,alpine:latest",
        "alpine:3.9,docker.io/library/alpine:3.9,alpine:3.9",
        "team/app,docker.io/team/app:latest,team/app:latest",
        "docker.io/alpine,docker.io/library/alpine:latest,alpine:latest",
        "index.docker.io/library/alpine:1,docker.io/library/alpine:1,alpine:1",
        "localhost/app,localhost/app:latest,localhost/app:latest",
        "localhost:5000/app,localhost:5000/app:latest,localhost:5000/app:latest",
        "127.0.0.1:5000/a/b:v1,127.0.0.1:5000/a/b:v1,127.0.0.1:5000/a/b:v1",
        "reg.example/a__b/c-d.e:T_1,reg.example/a__b/c-d.e:T_1,reg.example/a__b/c-d.e:T_1",
        "[::1]:5000/app,[::1]:5000/app:latest,[::1]:5000/app:latest",
    })
    void name_is_completed_and_shortened(String text, String full, String familiar) {
        ImageReference reference = ImageReference.parse(text);
        assertEquals(full, reference.toString());
        assertEquals(familiar, reference.familiar());
        assertEquals(reference, ImageReference.parse(full));
        assertEquals(reference, ImageReference.parse(familiar));
    }

    @Test
    void digest_makes_the_tag_unnecessary() {
        ImageReference reference = ImageReference.parse("app@" + DIGEST);
        assertTrue(reference.tag().isEmpty());
        assertEquals(DIGEST, reference.identifier());
        assertEquals("docker.io/library/app@" + DIGEST, reference.toString());
    }

    @Test
    void tag_and_digest_may_both_be_given() {
        ImageReference reference = ImageReference.parse("reg.example:80/app:v1@" + DIGEST);
        assertEquals("reg.example:80/app:v1@" + DIGEST, reference.toString());
        assertEquals(DIGEST, reference.identifier());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":v1",
                "a//b",
                "/a",
                "a/",
                "a b",
                "app:",
                "app:-v",
                "app@sha256:abc",
                "app@",
                "-app",
                "app_",
                "a..b",
                "reg.example/",
                "../etc/passwd",
                "reg..example/app",
                "reg.example:port/app",
                "-reg.example/app",
            })
    void what_is_no_name_is_refused(String text) {
        InvalidReferenceException e =
                assertThrows(InvalidReferenceException.class, () -> ImageReference.parse(text));
        assertTrue(String.valueOf(e.getMessage()).startsWith("invalid "), e.getMessage());
    }

    /// As docker: without a slash there is no host.
    @Test
    void host_alone_is_taken_for_a_name_and_a_tag() {
        assertEquals(
                "docker.io/library/reg.example:5000",
                ImageReference.parse("reg.example:5000").toString());
    }

    @Test
    void upper_case_is_refused_with_the_lower_case_form() {
        InvalidReferenceException e =
                assertThrows(
                        InvalidReferenceException.class, () -> ImageReference.parse("team/App"));
        assertEquals(
                "invalid image name 'team/App': a repository is written in lower case: team/app",
                e.getMessage());
    }

    @Test
    void tag_has_at_most_128_characters() {
        ImageReference.parse("app:" + "t".repeat(128));
        assertThrows(
                InvalidReferenceException.class,
                () -> ImageReference.parse("app:" + "t".repeat(129)));
    }
}
