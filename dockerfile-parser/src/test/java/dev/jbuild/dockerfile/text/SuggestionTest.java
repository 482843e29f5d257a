package dev.jbuild.dockerfile.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestionTest {

    @ParameterizedTest
    @CsvSource({
        "kitten, sitting, 3",
        "abc, abc, 0",
        "'', abc, 3",
        "flaw, lawn, 2",
        "é, e, 1",
        "ab, ba, 2"
    })
    void distance_counts_edits(String a, String b, int expected) {
        assertEquals(expected, Suggestion.distance(a, b));
        assertEquals(expected, Suggestion.distance(b, a));
    }

    @Test
    void nearest_is_at_most_two_edits_away() {
        assertEquals(Optional.of("build"), Suggestion.nearest("biuld", List.of("test", "build")));
        assertEquals(Optional.empty(), Suggestion.nearest("abcdef", List.of("abc")));
    }

    @Test
    void distance_of_long_words_takes_no_long_time() {
        String word = "ab".repeat(30_000);
        assertTimeoutPreemptively(
                Duration.ofSeconds(5),
                () -> assertEquals(2, Suggestion.distance(word + "c", "x" + word)));
    }

    @Test
    void among_very_many_none_is_nearest() {
        List<String> many = IntStream.range(0, 501).mapToObj(i -> "name" + i).toList();
        assertEquals(Optional.empty(), Suggestion.nearest("name", many));
        assertEquals(Optional.of("name0"), Suggestion.nearest("name", many.subList(0, 500)));
    }

    @Test
    void first_of_equals_wins() {
        assertEquals(Optional.of("ab"), Suggestion.nearest("a", List.of("ab", "ac")));
        assertEquals(Optional.of("ac"), Suggestion.nearest("a", List.of("ac", "ab")));
    }

    @Test
    void word_that_is_an_option_was_not_the_mistake() {
        assertEquals(Optional.empty(), Suggestion.nearest("ab", List.of("abc", "ab")));
    }

    @Test
    void case_of_the_word_is_kept() {
        List<String> options = List.of("RUN", "COPY");
        assertEquals(Optional.of("RUN"), Suggestion.nearestIgnoringCase("RNU", options));
        assertEquals(Optional.of("run"), Suggestion.nearestIgnoringCase("rnu", options));
    }
}
