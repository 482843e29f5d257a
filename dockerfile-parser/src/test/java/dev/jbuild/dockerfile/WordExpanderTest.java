package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// https://docs.docker.com/reference/dockerfile/#environment-replacement.
class WordExpanderTest {
    private static final Map<String, String> ENVIRONMENT =
            Map.of(
                    "a", "apple",
                    "empty", "",
                    "path", "/usr/local/lib/file.tar.gz",
                    "spaced", "one two",
                    "star", "a*c",
                    "lines", "one\ntwo",
                    "n", "na na na",
                    "été", "summer",
                    "1", "first");

    private static String expand(String word) throws WordException {
        return new WordExpander('\\').expand(word, ENVIRONMENT).text();
    }

    @ParameterizedTest(name = "{0} is [{1}]")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '%',
            ignoreLeadingAndTrailingWhitespace = true,
            value = {
                // plain
                "hello | hello",
                "$a | apple",
                "${a} | apple",
                "x${a}y | xappley",
                "$a$a | appleapple",
                "$unset | %%",
                "${unset} | %%",
                "$empty | %%",
                "$aa | %%",
                "$a.b | apple.b",
                "$été | summer",
                "$1 | first",
                "$12 | %%",
                "$ | $",
                "$. | $.",
                "$$ | %%",
                "$@ | %%",
                // - and +
                "${a:-d} | apple",
                "${a-d} | apple",
                "${empty:-d} | d",
                "${empty-d} | %%",
                "${unset:-d} | d",
                "${unset-d} | d",
                "${unset:-} | %%",
                "${a:+d} | d",
                "${a+d} | d",
                "${empty:+d} | %%",
                "${empty+d} | d",
                "${unset:+d} | %%",
                "${unset+d} | %%",
                // ?
                "${a:?m} | apple",
                "${a?m} | apple",
                "${empty?m} | %%",
                // nesting
                "${unset:-${a}} | apple",
                "${unset:-$a} | apple",
                "${unset:-${unset:-${a}}} | apple",
                "${unset:-x${a}y} | xappley",
                "${unset:-${a%e}} | appl",
                // prefixes and suffixes
                "${a#a} | pple",
                "${a#?} | pple",
                "${a#x} | apple",
                "${a#} | apple",
                "${path#*/} | usr/local/lib/file.tar.gz",
                "${path##*/} | file.tar.gz",
                "${path%.*} | /usr/local/lib/file.tar",
                "${path%%.*} | /usr/local/lib/file",
                "${path%/*} | /usr/local/lib",
                "${path%%/*} | %%",
                "${a%p*e} | ap",
                "${a%%p*e} | a",
                "${star#a\\*} | c",
                "${star#a\\?} | a*c",
                "${unset#x} | %%",
                "${a##[a-z]} | apple",
                // replacement
                "${a/p/b} | abple",
                "${a//p/b} | abble",
                "${a/x/b} | apple",
                "${a//p/} | ale",
                "${a/p*/x} | ax",
                "${a//?/x} | xxxxx",
                "${path//\\//-} | -usr-local-lib-file.tar.gz",
                "${unset/a/b} | %%",
                "${n//na/${a}} | apple apple apple",
                "${a//p/$empty} | ale",
                "${a///-} | -a-p-p-l-e-",
                // quotes and escapes
                "'$a' | $a",
                "%\"$a\"% | apple",
                "%\"'$a'\"% | 'apple'",
                "'a'\\''b' | a'b",
                "\\$a | $a",
                "%\"\\$a\"% | $a",
                "\\\\$a | \\apple",
                "%\"\\\\$a\"% | \\apple",
                "%\"\\n\"% | \\n",
                "\\n | n",
                "%a\\% | a",
                "%\"a b\"% | a b",
                "${unset:-'$a'} | $a",
                "%${unset:-\"$a\"}% | apple",
                "${unset:-a\\}b} | a}b",
                "${unset:-\\$a} | $a",
            })
    void word_expands(String word, String expected) throws Exception {
        assertEquals(expected, expand(word));
    }

    /// Cases of BuildKit's own table that need values of their own.
    @ParameterizedTest(name = "{0} of {1} is [{2}]")
    @CsvSource(
            delimiter = ',',
            quoteCharacter = '%',
            value = {
                "${F#()[]{\\}^$.\\*\\?|\\\\}, ()[]{}^$.*?|\\x, x",
                "${F%%\\**}, xx**, xx",
                "${F#*x*y}, xxyy, y",
                "${F#*}, xxyy, xxyy",
                "${F##*x}, xxyy, yy",
                "${F##}, xxyy, xxyy",
                "${F#?\\?}, ???y, ?y",
                "${F%%\\**\\*}, a***yy*, a",
                "${F%}, xxyy, xxyy",
                "${F//\\//\\/}, /tmp/foo.txt, \\/tmp\\/foo.txt",
                "${F///}, xxyy, xxyy",
                "${F/$N/.} - ${F//$N/.}, /foo*/*/*.txt, /foo.*/*.txt - /foo..*.txt",
                "${F/$T/} - ${F//$T/}, /tmp/tmp/bar.txt, /tmp/bar.txt - /bar.txt",
                "${F/$E/ww}, xxyy, wwxxyy",
            })
    void patterns_work_as_in_buildkit(String word, String value, String expected) throws Exception {
        Map<String, String> environment = Map.of("F", value, "N", "\\*/", "T", "/tmp", "E", "");
        assertEquals(expected, new WordExpander('\\').expand(word, environment).text());
    }

    @Test
    void wildcards_stop_at_a_line_end() throws Exception {
        assertEquals("one\ntwo", expand("${lines#one?}"));
        assertEquals("\ntwo", expand("${lines##*}"));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '%',
            value = {
                "${ | syntax error: missing '}'",
                "${a | unsupported modifier (\uFFFD) in substitution",
                "${a:-b | syntax error: missing '}'",
                "${a:-'b} | syntax error: missing '}'",
                "${} | syntax error: bad substitution",
                "${:a} | syntax error: bad substitution",
                "${{a} | syntax error: bad substitution",
                "${a,b} | unsupported modifier (,) in substitution",
                "${a:b} | unsupported modifier (:b) in substitution",
                "${a:#b} | unsupported modifier (:#) in substitution",
                "${a:%b} | unsupported modifier (:%) in substitution",
                "${a=b} | unsupported modifier (=) in substitution",
                "'a | unexpected end of statement while looking for matching single-quote",
                "%\"a% | unexpected end of statement while looking for matching double-quote",
                "${unset?} | unset: is not allowed to be unset",
                "${unset:?} | unset: is not allowed to be unset",
                "${empty:?} | empty: is not allowed to be empty",
                "${unset:?no value} | unset: no value",
                "${a/p} | syntax error: missing '/' in ${}",
                "${a/p/b | syntax error: missing '}'",
                "${a#\\x} | invalid pattern (\\x) in substitution: invalid escape '\\x'",
            })
    void wrong_word_is_refused(String word, String problem) {
        WordException e = assertThrows(WordException.class, () -> expand(word));
        String quoted = '"' + word.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
        assertEquals("failed to process " + quoted + ": " + problem, e.problem());
    }

    @Test
    void backtick_escapes_when_it_is_the_escape() throws Exception {
        Expansion expansion = new WordExpander('`').expand("`$a \\$a `\"", ENVIRONMENT);
        assertEquals("$a \\apple \"", expansion.text());
    }

    @Test
    void words_split_after_expansion_but_not_in_quotes() throws Exception {
        Expansion expansion =
                new WordExpander('\\').expand("$spaced '$spaced' \"$spaced\" a\\ b", ENVIRONMENT);
        assertEquals(List.of("one", "two", "$spaced", "one two", "a b"), expansion.words());
    }

    @Test
    void empty_words_are_none() throws Exception {
        assertEquals(
                List.of(), new WordExpander('\\').expand(" $unset \"\" ", ENVIRONMENT).words());
    }

    @Test
    void tells_what_was_used_and_what_is_undefined() throws Exception {
        Expansion expansion =
                new WordExpander('\\').expand("$a ${x:-$y} ${empty:+$z} $a", ENVIRONMENT);
        assertEquals(Set.of("a", "empty"), expansion.used());
        assertEquals(Set.of("x", "y", "z"), expansion.undefined());
    }

    @Test
    void quotes_are_text_in_a_heredoc() throws Exception {
        assertEquals(
                "'apple' \"apple\" $a \\ n",
                WordExpander.expandHeredoc("'$a' \"$a\" \\$a \\\\ \\n", ENVIRONMENT).text());
    }

    @Test
    @Timeout(10)
    void deep_nesting_is_refused_without_a_stack_overflow() {
        WordException e =
                assertThrows(WordException.class, () -> expand("${x:-".repeat(1_000_000)));
        assertEquals("set the inner values with ARG or ENV first", e.remedy());
    }

    @Test
    @Timeout(10)
    void runaway_growth_is_refused() throws Exception {
        Map<String, String> big = Map.of("b", "x".repeat(1 << 20));
        assertThrows(
                WordException.class, () -> new WordExpander('\\').expand("$b".repeat(100), big));
    }
}
