package dev.jbuild.oci;

import java.util.regex.Pattern;

/// A tag (distribution-spec 1.1, "Pulling manifests").
public record Tag(String value) implements Comparable<Tag> {
    private static final Pattern GRAMMAR = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");
    public static final Tag LATEST = new Tag("latest"); // needs the grammar

    public Tag {
        if (!GRAMMAR.matcher(value).matches()) {
            throw new InvalidReferenceException(
                    "invalid tag '"
                            + value
                            + "': it is 1 to 128 letters, digits, '_', '.' and '-', and does not begin with '.' or '-'");
        }
    }

    @Override
    public int compareTo(Tag other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
