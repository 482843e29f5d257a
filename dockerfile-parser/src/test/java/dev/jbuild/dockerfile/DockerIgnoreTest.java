package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// https://docs.docker.com/build/concepts/context/#dockerignore-files.
class DockerIgnoreTest {

    @ParameterizedTest(name = "{0} and {1}: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                // plain names, and what is below them
                "a | a | true",
                "a | b | false",
                "a | a/b/c | true",
                "a | b/a | false",
                "a/b | a | false",
                "a/b | a/b/c | true",
                "a.b | axb | false",
                "a+(b) | a+(b) | true",
                // one star, one question mark
                "* | a | true",
                "* | a/b | true",
                "*.md | x.md | true",
                "*.md | a/x.md | false",
                "*/x | a/x | true",
                "*/x | a/b/x | false",
                "a* | ab/c | true",
                "a*c | abc | true",
                "a*c | a/c | false",
                "a?c | abc | true",
                "a?c | a/c | false",
                "a?c | ac | false",
                // two stars
                "** | a/b | true",
                "**/ | a/b | true",
                "**/x | x | true",
                "**/x | a/b/x | true",
                "**/x | a/b/x/c | true",
                "**/x | ax | false",
                "**x | a/bx | true",
                "**x | ax/b | true",
                "a/** | a/b/c | true",
                "a/** | a | false",
                "a/**/b | a/b | true",
                "a/**/b | a/x/y/b | true",
                "a/**/b | a/xb | false",
                "a**b | a/x/b | true",
                "a**b | ab | true",
                "**/*.go | a/b.go | true",
                "**/*.go | b.go | true",
                "**/*.go | b.got | false",
                "**/a/** | a/b | true",
                "**/a/** | x/a/b | true",
                "**/** | a | true",
                "*/** | a/b | true",
                "a** | ab/c | true",
                // classes
                "[a-c]x | bx | true",
                "[a-c]x | dx | false",
                "[^a-c]x | dx | true",
                "[^a-c]x | ax | false",
                "a[b-d]e | ace | true",
                "a[\\-x]b | a-b | true",
                // escapes
                "\\*x | *x | true",
                "\\*x | ax | false",
                "a\\[b | a[b | true",
                // other characters stand for themselves
                "a$b^c | a$b^c | true",
                "a]b | a]b | true",
                "日?語 | 日本語 | true",
                // cleaned
                "/a | a | true",
                "./a | a | true",
                "a/ | a/b | true",
                "a/../b | b | true",
                "a//b | a/b | true",
            })
    void pattern_matches(String pattern, String path, boolean expected) throws Exception {
        assertEquals(expected, DockerIgnore.parse(pattern + "\n").excludes(path));
    }

    @Test
    void last_match_wins() throws Exception {
        DockerIgnore ignore = DockerIgnore.parse("*.md\n!README.md\nREADME.md.bak\n");
        assertTrue(ignore.excludes("x.md"));
        assertFalse(ignore.excludes("README.md"));
        DockerIgnore again = DockerIgnore.parse("*.md\n!README*.md\nREADME-secret.md\n");
        assertTrue(again.excludes("README-secret.md"));
        assertFalse(again.excludes("README-open.md"));
    }

    @Test
    void file_below_an_excluded_directory_can_be_let_in() throws Exception {
        DockerIgnore ignore = DockerIgnore.parse("a\n!a/keep\n");
        assertTrue(ignore.excludes("a/b"));
        assertFalse(ignore.excludes("a/keep"));
        assertFalse(ignore.excludes("a/keep/x"));
    }

    @Test
    void everything_but_is_possible() throws Exception {
        DockerIgnore ignore = DockerIgnore.parse("*\n!src\nsrc/*.tmp\n");
        assertTrue(ignore.excludes("x"));
        assertFalse(ignore.excludes("src/a"));
        assertTrue(ignore.excludes("src/a.tmp"));
        assertTrue(ignore.hasNegations());
    }

    @Test
    void comments_blank_lines_and_spaces_are_no_patterns() throws Exception {
        DockerIgnore ignore = DockerIgnore.parse("\uFEFF# a\n\n  b  \n #c\n! d\r\n\t\n");
        assertEquals(List.of("b", "#c", "!d"), ignore.patterns());
    }

    @Test
    void hash_is_a_comment_in_the_first_column_only() throws Exception {
        assertTrue(DockerIgnore.parse(" #a\n").excludes("#a"));
    }

    @Test
    void lone_exclamation_mark_is_refused() {
        WordException e = assertThrows(WordException.class, () -> DockerIgnore.parse("a\n!\n"));
        assertEquals("illegal exclusion pattern: \"!\"", e.problem());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "a[", "[]", "[a", "[a-]", "[-a]", "[^]", "a\\"})
    void malformed_pattern_is_refused(String pattern) {
        assertThrows(WordException.class, () -> DockerIgnore.parse(pattern));
    }

    @ParameterizedTest(name = "{0} may prune {1}: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "a | a | true",
                "a | b | false",
                "a;!b | a | true",
                "a;!a/b | a | false",
                "a;!a/b | a/c | true",
                "a;!a/b/c | a/b | false",
                "a;!*/b | a | false",
                "a;!?/b | a | false",
                "a;!b*/b | a | true",
                "a;!**/b | a | false",
                "*;!src | other | true",
                "*;!src/x | src | false",
                "a;!a | a | false",
                "node_modules;!*.md | node_modules | true",
            })
    void walk_may_pass_over_a_directory(String patterns, String directory, boolean expected)
            throws Exception {
        DockerIgnore ignore = DockerIgnore.parse(patterns.replace(';', '\n'));
        assertEquals(expected, ignore.mayPrune(directory));
    }

    @Test
    void nothing_excludes_nothing() {
        assertTrue(DockerIgnore.none().isEmpty());
        assertFalse(DockerIgnore.none().excludes("a"));
    }

    @Test
    @Timeout(10)
    void pattern_of_many_stars_takes_no_exponential_time() throws Exception {
        DockerIgnore ignore = DockerIgnore.parse("*a".repeat(200) + "**/b".repeat(200));
        assertFalse(ignore.excludes("a".repeat(2_000)));
    }
}
