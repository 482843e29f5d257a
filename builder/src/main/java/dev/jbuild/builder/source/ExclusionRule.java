package dev.jbuild.builder.source;

import dev.jbuild.dockerfile.DockerIgnore;
import dev.jbuild.dockerfile.WordException;
import java.util.List;

/// What of a tree is left out.
public interface ExclusionRule {
    /// Whether this file is left out.
    boolean excludes(String path);

    /// Whether nothing below this directory can be wanted.
    boolean prunes(String directory);

    static ExclusionRule none() {
        return of(DockerIgnore.none());
    }

    /// The rule of an ignore file or of `--exclude`.
    static ExclusionRule of(DockerIgnore patterns) {
        return new ExclusionRule() {
            @Override
            public boolean excludes(String path) {
                return patterns.excludes(path);
            }

            @Override
            public boolean prunes(String directory) {
                return patterns.mayPrune(directory);
            }
        };
    }

    /// Leaves out what doesn't match, and isn't in a directory that does.
    ///
    /// @param pattern as in an ignore file, but `!` has no meaning
    static ExclusionRule allBut(String pattern) throws WordException {
        String literal = pattern.startsWith("!") ? "\\" + pattern : pattern;
        return of(DockerIgnore.of(List.of("**", "!" + literal)));
    }

    /// Leaves out what one of both does.
    default ExclusionRule or(ExclusionRule other) {
        ExclusionRule one = this;
        return new ExclusionRule() {
            @Override
            public boolean excludes(String path) {
                return one.excludes(path) || other.excludes(path);
            }

            @Override
            public boolean prunes(String directory) {
                return one.prunes(directory) || other.prunes(directory);
            }
        };
    }
}
