package dev.jbuild.oci;

import java.util.regex.Pattern;

/// The name of a repository within a registry (distribution-spec 1.1, "Pulling manifests"), such as
/// `team/app`.
public record RepositoryName(String value) {
    private static final Pattern GRAMMAR =
            Pattern.compile(
                    "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*");

    /// The specification's limit for host and name together.
    public static final int MAX_LENGTH = 255;

    public RepositoryName {
        if (value.length() > MAX_LENGTH) {
            throw new InvalidReferenceException(
                    "invalid repository name of "
                            + value.length()
                            + " characters: "
                            + MAX_LENGTH
                            + " is the most");
        }
        if (!GRAMMAR.matcher(value).matches()) {
            throw new InvalidReferenceException(
                    "invalid repository name '"
                            + value
                            + "': it is made of lower-case letters, digits and single separators, such as team/my-app");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
