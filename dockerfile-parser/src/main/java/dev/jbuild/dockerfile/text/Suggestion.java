package dev.jbuild.dockerfile.text;

import java.util.Collection;
import java.util.Optional;

/// "Did you mean": the option nearest to a mistyped word.
public final class Suggestion {
    private static final int MAX_DISTANCE = 2;

    private Suggestion() {}

    /// The first of the options at the least Levenshtein distance, if that is at most 2; none
    /// if the word is itself an option, for then the word was not the mistake. The same options
    /// in the same order always give the same answer.
    public static Optional<String> nearest(String word, Collection<String> options) {
        Optional<String> best = Optional.empty();
        int least = MAX_DISTANCE + 1;
        for (String option : options) {
            if (option.equals(word)) {
                return Optional.empty();
            }
            if (Math.abs(option.length() - word.length()) >= least) {
                continue;
            }
            int distance = distance(word, option);
            if (distance < least) {
                least = distance;
                best = Optional.of(option);
            }
        }
        return best;
    }

    /// As [#nearest], without regard to case; the answer is in the case of the word when that
    /// is uniform.
    public static Optional<String> nearestIgnoringCase(String word, Collection<String> options) {
        Optional<String> found =
                nearest(GoText.lower(word), options.stream().map(GoText::lower).toList());
        return word.equals(GoText.upper(word)) ? found.map(GoText::upper) : found;
    }

    /// The way a suggestion is added to a message: nothing, or ` (did you mean X?)`.
    public static String suffix(Optional<String> suggestion) {
        return suggestion.map(s -> " (did you mean " + s + "?)").orElse("");
    }

    static int distance(String a, String b) {
        int[] s = a.codePoints().toArray();
        int[] t = b.codePoints().toArray();
        int[] row = new int[t.length + 1];
        for (int j = 0; j <= t.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= s.length; i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= t.length; j++) {
                int above = row[j];
                int substituted = diagonal + (s[i - 1] == t[j - 1] ? 0 : 1);
                row[j] = Math.min(substituted, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[t.length];
    }
}
