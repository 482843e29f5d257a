package dev.jbuild.dockerfile;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What a word became.
///
/// @param text the word with its variables replaced and its quotes removed
/// @param words the same, split at unquoted spaces
/// @param used the variables that were looked up and found
/// @param undefined the variables that were looked up and not found
public record Expansion(String text, List<String> words, Set<String> used, Set<String> undefined) {
    public Expansion {
        words = List.copyOf(words);
        used = Collections.unmodifiableSet(new LinkedHashSet<>(used));
        undefined = Collections.unmodifiableSet(new LinkedHashSet<>(undefined));
    }
}
