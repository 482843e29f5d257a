package dev.jbuild.dockerfile.text;

import java.util.ArrayDeque;
import java.util.Deque;

/// Go's `path` functions, where the language is defined by them.
public final class GoPath {
    private GoPath() {}

    /// The shortest equivalent path: no empty parts, no `.`, no `..` that can be resolved; `.`
    /// if nothing is left.
    public static String clean(String path) {
        boolean rooted = path.startsWith("/");
        Deque<String> parts = new ArrayDeque<>();
        for (String part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".")) {
                continue;
            }
            if (!part.equals("..")) {
                parts.addLast(part);
            } else if (!parts.isEmpty() && !parts.getLast().equals("..")) {
                parts.removeLast();
            } else if (!rooted) {
                parts.addLast(part);
            }
        }
        String joined = String.join("/", parts);
        return rooted ? "/" + joined : joined.isEmpty() ? "." : joined;
    }
}
