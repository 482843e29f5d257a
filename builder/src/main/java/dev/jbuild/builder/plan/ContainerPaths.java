package dev.jbuild.builder.plan;

import java.util.ArrayDeque;
import java.util.Deque;

/// Paths inside an image, as text: always with `/`, cleaned without looking at any file system.
final class ContainerPaths {
    private ContainerPaths() {}

    /// `path` as seen from `workingDir`: absolute, without `.`, `..`, empty components and trailing
    /// slash.
    static String absolute(String workingDir, String path) {
        return clean(path.startsWith("/") ? path : workingDir + "/" + path);
    }

    /// The same for a destination, whose trailing slash has a meaning: it, or a last component `.`,
    /// stays as a slash.
    static String destination(String workingDir, String path) {
        String clean = absolute(workingDir, path);
        boolean directory = path.endsWith("/") || path.equals(".") || path.endsWith("/.");
        return directory && !clean.equals("/") ? clean + "/" : clean;
    }

    private static String clean(String path) {
        Deque<String> kept = new ArrayDeque<>();
        for (String component : path.split("/", -1)) {
            if (component.equals("..")) {
                kept.pollLast();
            } else if (!component.isEmpty() && !component.equals(".")) {
                kept.addLast(component);
            }
        }
        return "/" + String.join("/", kept);
    }
}
