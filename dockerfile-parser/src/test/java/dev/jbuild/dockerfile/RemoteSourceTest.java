package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// https://docs.docker.com/reference/dockerfile/#add and
/// https://docs.docker.com/build/concepts/context/#git-repositories.
class RemoteSourceTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"a", "./git@a:b", "../https://a/b", "a/b*", "github.com/a/b", "a:b", ""})
    void path_is_local(String word) throws Exception {
        assertEquals(new RemoteSource.Local(word), RemoteSource.of(word));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://a/b", "https://a/b.git/c", "https://a/b.gitx?x#y", "HTTPS://a"})
    void web_address_is_a_file(String word) throws Exception {
        assertEquals(new RemoteSource.Http(word), RemoteSource.of(word));
    }

    @ParameterizedTest
    @CsvSource({
        "https://a/b.git, https://a/b.git, , , ",
        "https://a/b.git#r, https://a/b.git, r, , ",
        "https://a/b.git#r:d/e, https://a/b.git, r, d/e, ",
        "https://a/b.git#:d, https://a/b.git, , d, ",
        "git@a.b:c/d.git#r, git@a.b:c/d.git, r, , ",
        "ssh://git@a/b, ssh://git@a/b, , , ",
        "git://a/b#r, git://a/b, r, , ",
        "https://a/b.git?ref=r&subdir=d, https://a/b.git, r, d, ",
        "https://a/b.git?tag=v1, https://a/b.git, refs/tags/v1, , ",
        "https://a/b.git?branch=refs/heads/x, https://a/b.git, refs/heads/x, , ",
        "https://a/b.git?checksum=c0, https://a/b.git, c0, , c0",
        "https://a/b.git?ref=r&commit=c0, https://a/b.git, r, , c0",
        "https://a/b.git?ref=r#r:d, https://a/b.git, r, d, ",
    })
    void repository_has_a_ref_a_directory_and_a_checksum(
            String word, String remote, String ref, String directory, String checksum)
            throws Exception {
        assertEquals(
                new RemoteSource.Git(
                        remote,
                        Optional.ofNullable(ref),
                        Optional.ofNullable(directory),
                        Optional.ofNullable(checksum),
                        Optional.empty(),
                        Optional.empty()),
                RemoteSource.of(word));
    }

    @Test
    void repository_may_keep_its_metadata_and_leave_out_submodules() throws Exception {
        RemoteSource.Git git =
                (RemoteSource.Git) RemoteSource.of("https://a/b.git?keep-git-dir&submodules=0");
        assertEquals(Optional.of(true), git.keepGitDir());
        assertEquals(Optional.of(false), git.submodules());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://a/b.git?foo=1 | unexpected query \"foo\"",
                "https://a/b.git?ref= | query \"ref\" has no value",
                "https://a/b.git?ref=a&ref=b | query \"ref\" has multiple values",
                "https://a/b.git?ref=a#b | ref conflicts: \"b\" vs \"a\"",
                "https://a/b.git?subdir=a#:b | subdir conflicts: \"b\" vs \"a\"",
                "https://a/b.git?tag=a&branch=b | branch conflicts with tag",
                "https://a/b.git?submodules=x | invalid submodules value: \"x\"",
            })
    void wrong_query_is_refused(String word, String problem) {
        WordException e = assertThrows(WordException.class, () -> RemoteSource.of(word));
        assertEquals(problem, e.problem());
    }
}
