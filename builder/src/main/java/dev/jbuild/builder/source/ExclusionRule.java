package dev.jbuild.builder.source;

import dev.jbuild.dockerfile.DockerIgnore;

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
}
