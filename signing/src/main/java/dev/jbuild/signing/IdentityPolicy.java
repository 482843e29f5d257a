package dev.jbuild.signing;

import dev.jbuild.oci.ImageReference;

/// Which signed names are accepted for an image.
public sealed interface IdentityPolicy {
    /// Only the name by which the image was asked for: the same repository and tag. Asked for by
    /// digest alone, any tag of the repository will do, because the digest says it all.
    record SameName(ImageReference asked) implements IdentityPolicy {}

    /// Any tag of the repository, or the repository without a tag, as cosign signs.
    record SameRepository(ImageReference asked) implements IdentityPolicy {}

    /// Any name at all; the digest still has to be the image's.
    record AnyName() implements IdentityPolicy {}

    /// Whether a signed name is good enough.
    ///
    /// @param identity as signed; one that is no image name never matches a name or repository
    default boolean accepts(String identity) {
        return switch (this) {
            case SameName(ImageReference asked) ->
                    asked.tag().isPresent()
                            ? identity.equals(SimpleSigning.identityOf(asked))
                            : isOfRepository(identity, asked);
            case SameRepository(ImageReference asked) -> isOfRepository(identity, asked);
            case AnyName _ -> true;
        };
    }

    /// What is expected, for messages.
    default String expectation() {
        return switch (this) {
            case SameName(ImageReference asked) -> "'" + SimpleSigning.identityOf(asked) + "'";
            case SameRepository(ImageReference asked) ->
                    "a name in '" + asked.registry() + "/" + asked.repository() + "'";
            case AnyName _ -> "any name";
        };
    }

    private static boolean isOfRepository(String identity, ImageReference asked) {
        String repository = asked.registry() + "/" + asked.repository();
        return identity.equals(repository)
                || identity.startsWith(repository + ":")
                || identity.startsWith(repository + "@");
    }
}
