package dev.jbuild.overlay.tree;

/// A change depends on more than the entries of layers tell, such as the content of a file: it has
/// to be made on a file system.
public final class NotKnownException extends Exception {
    private static final long serialVersionUID = 1L;

    NotKnownException(String why) {
        super(why);
    }
}
