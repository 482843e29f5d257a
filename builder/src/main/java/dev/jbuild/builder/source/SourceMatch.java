package dev.jbuild.builder.source;

import java.nio.file.Path;

/// Something a source of COPY or ADD stands for.
///
/// @param path relative to the root, with `/`, as it was found; empty for the root itself
/// @param realPath the same with all links followed: what rules of exclusion are applied to
/// @param file where it is, all links followed
public record SourceMatch(String path, String realPath, Path file, boolean directory) {

    /// The last component of its path.
    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
