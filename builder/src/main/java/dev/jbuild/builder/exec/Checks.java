package dev.jbuild.builder.exec;

/// Checks of what callers give.
final class Checks {
    private Checks() {}

    static void absolute(String what, String path) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException(
                    "invalid " + what + " '" + path + "': it has to begin with '/'");
        }
        noNul(what, path);
    }

    static void noNul(String what, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("invalid " + what + ": it contains a NUL character");
        }
    }
}
