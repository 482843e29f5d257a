package dev.jbuild.oci;

/// A text that is no name of an image, a repository or a tag.
public final class InvalidReferenceException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public InvalidReferenceException(String message) {
        super(message);
    }
}
