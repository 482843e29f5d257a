package dev.jbuild.dockerfile;

/// What the expansions of one file may come to together: 64 Mi characters. Without it a few lines
/// of ENV and LABEL that double each other would fill the memory. For one thread.
public final class ExpansionBudget {
    private static final long MOST_CHARACTERS = 1L << 26;

    private long taken;

    /// Nothing is taken yet.
    public ExpansionBudget() {}

    /// Counts a result.
    ///
    /// @return the same
    /// @throws WordException if it is too much
    public Expansion take(Expansion expansion) throws WordException {
        taken += expansion.text().length();
        if (taken > MOST_CHARACTERS) {
            throw new WordException(
                    "the values of this file come to more than " + MOST_CHARACTERS + " characters",
                    "don't let variables double each other",
                    "");
        }
        return expansion;
    }
}
