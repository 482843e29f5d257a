package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoPath;
import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.LosslessUtf8;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/// Which files of a build context stay out of it
/// (https://docs.docker.com/build/concepts/context/#dockerignore-files). The same patterns
/// serve `--exclude`.
///
/// Paths are relative to the context, with `/` between their parts. The last pattern that
/// matches a path, or one of the directories it is in, decides. A value, safe for use by many
/// threads.
public final class DockerIgnore {
    private static final DockerIgnore NONE = new DockerIgnore(List.of());

    private final List<IgnorePattern> patterns;

    private DockerIgnore(List<IgnorePattern> patterns) {
        this.patterns = patterns;
    }

    /// Excludes nothing.
    public static DockerIgnore none() {
        return NONE;
    }

    /// Reads an ignore file to its end; the caller closes the stream.
    public static DockerIgnore read(InputStream in) throws IOException {
        byte[] bytes = in.readAllBytes();
        return parse(LosslessUtf8.decode(bytes, 0, bytes.length));
    }

    /// Reads the text of an ignore file.
    ///
    /// @throws WordException if a pattern is none
    public static DockerIgnore parse(String text) throws WordException {
        String s = text.startsWith("\uFEFF") ? text.substring(1) : text;
        List<String> patterns = new ArrayList<>();
        for (String line : s.split("\n", -1)) {
            if (!line.startsWith("#")) {
                String pattern = GoText.trim(line);
                if (!pattern.isEmpty()) {
                    patterns.add(normalized(pattern));
                }
            }
        }
        return of(patterns);
    }

    /// @param patterns one each, `!` before those that let a file in again
    public static DockerIgnore of(List<String> patterns) throws WordException {
        List<IgnorePattern> compiled = new ArrayList<>();
        for (String pattern : patterns) {
            String trimmed = GoText.trim(pattern);
            if (!trimmed.isEmpty()) {
                compiled.add(IgnorePattern.compile(trimmed));
            }
        }
        return new DockerIgnore(List.copyOf(compiled));
    }

    /// Cleans a line's path and takes a leading slash away.
    private static String normalized(String line) {
        boolean negated = line.startsWith("!");
        String path = negated ? GoText.trim(line.substring(1)) : line;
        if (!path.isEmpty()) {
            path = GoPath.clean(path);
            if (path.length() > 1 && path.startsWith("/")) {
                path = path.substring(1);
            }
        }
        return negated ? "!" + path : path;
    }

    /// Whether the file or directory stays out.
    ///
    /// @param path relative, clean, `/` between its parts
    public boolean excludes(String path) {
        boolean excluded = false;
        for (IgnorePattern pattern : patterns) {
            // A pattern can only change the outcome if it says the opposite.
            if (pattern.negated() == excluded && pattern.matchesWithParents(path)) {
                excluded = !pattern.negated();
            }
        }
        return excluded;
    }

    /// Whether a walk may pass over the directory: it stays out, and no `!` pattern can let
    /// anything below it in.
    public boolean mayPrune(String directory) {
        return excludes(directory)
                && patterns.stream().noneMatch(p -> p.negated() && p.mayMatchBelow(directory));
    }

    /// Whether there are `!` patterns.
    public boolean hasNegations() {
        return patterns.stream().anyMatch(IgnorePattern::negated);
    }

    public boolean isEmpty() {
        return patterns.isEmpty();
    }

    /// The patterns, cleaned, `!` in front of the negated ones.
    public List<String> patterns() {
        return patterns.stream().map(p -> (p.negated() ? "!" : "") + p.text()).toList();
    }
}
