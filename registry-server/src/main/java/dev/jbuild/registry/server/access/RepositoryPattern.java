package dev.jbuild.registry.server.access;

import dev.jbuild.oci.RepositoryName;
import java.util.regex.Pattern;

/// Names of repositories: `*` stands for any part of one component, `**` for any number of
/// components. `team/**` is all below `team`, but not `team`.
public final class RepositoryPattern {
    private static final Pattern GRAMMAR = Pattern.compile("[a-z0-9._/*-]+");

    private final String text;
    private final Pattern pattern;

    private RepositoryPattern(String text, Pattern pattern) {
        this.text = text;
        this.pattern = pattern;
    }

    /// @throws IllegalArgumentException if no repository could have such a name
    public static RepositoryPattern of(String text) {
        if (!GRAMMAR.matcher(text).matches()
                || text.startsWith("/")
                || text.endsWith("/")
                || text.contains("//")
                || text.contains("***")) {
            throw new IllegalArgumentException(
                    "'"
                            + text
                            + "' is no pattern of repositories: it is made of lower-case letters, digits, '.', '_', '-' and '/', with '*' within a component and '**' for any components");
        }
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '*') {
                regex.append(Pattern.quote(String.valueOf(c)));
            } else if (text.startsWith("**", i)) {
                regex.append(".*");
                i++;
            } else {
                regex.append("[^/]*");
            }
        }
        return new RepositoryPattern(text, Pattern.compile(regex.toString()));
    }

    public boolean matches(RepositoryName repository) {
        return pattern.matcher(repository.value()).matches();
    }

    @Override
    public String toString() {
        return text;
    }
}
