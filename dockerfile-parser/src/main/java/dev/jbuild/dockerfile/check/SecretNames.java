package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.text.GoText;
import java.util.Arrays;
import java.util.Set;

/// Which names of variables sound like secrets: those with a word, between underscores, from
/// one list and none from the other.
final class SecretNames {
    private static final Set<String> SECRET =
            Set.of(
                    "apikey",
                    "auth",
                    "credential",
                    "credentials",
                    "key",
                    "password",
                    "pword",
                    "passwd",
                    "secret",
                    "token");
    private static final Set<String> HARMLESS = Set.of("public", "file", "version");

    private SecretNames() {}

    static boolean matches(String name) {
        var words = Arrays.asList(GoText.lower(name).split("_", -1));
        return words.stream().anyMatch(SECRET::contains)
                && words.stream().noneMatch(HARMLESS::contains);
    }
}
