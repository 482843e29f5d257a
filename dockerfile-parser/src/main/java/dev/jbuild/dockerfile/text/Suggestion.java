package dev.jbuild.dockerfile.text;

import java.util.Collection;
import java.util.Optional;

/// "Did you mean": the option nearest to a mistyped word.
public final class Suggestion {
    private static final int MAX_DISTANCE = 2;

    /// Among more options none is looked for: a file with as many names and as many mistakes
    /// would take quadratic time.
    private static final int MOST_OPTIONS = 500;

    private Suggestion() {}

    /// The first of the options at the least Levenshtein distance, if that is at most 2; none
    /// if the word is itself an option, for then the word was not the mistake. The same options
    /// in the same order always give the same answer.
    public static Optional<String> nearest(String word, Collection<String> options) {
        Optional<String> best = Optional.empty();
        if (options.size() > MOST_OPTIONS) {
            return best;
        }
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

    /// The Levenshtein distance, or a number above 2 if it is more than that. Takes time in
    /// proportion to the shorter word: only what is near the diagonal of the table counts.
    static int distance(String a, String b) {
        int[] s = a.codePoints().toArray();
        int[] t = b.codePoints().toArray();
        int far = MAX_DISTANCE + 1;
        if (Math.abs(s.length - t.length) > MAX_DISTANCE) {
            return far;
        }
        int[] row = new int[t.length + 1];
        for (int j = 0; j <= t.length; j++) {
            row[j] = j <= MAX_DISTANCE ? j : far;
        }
        for (int i = 1; i <= s.length; i++) {
            int from = Math.max(1, i - MAX_DISTANCE);
            int to = Math.min(t.length, i + MAX_DISTANCE);
            int diagonal = row[from - 1];
            row[from - 1] = from == 1 ? Math.min(i, far) : far;
            int least = row[from - 1];
            for (int j = from; j <= to; j++) {
                int above = row[j];
                int substituted = diagonal + (s[i - 1] == t[j - 1] ? 0 : 1);
                row[j] = Math.min(far, Math.min(substituted, Math.min(above, row[j - 1]) + 1));
                least = Math.min(least, row[j]);
                diagonal = above;
            }
            if (least >= far) {
                return far;
            }
        }
        return row[t.length];
    }
}
