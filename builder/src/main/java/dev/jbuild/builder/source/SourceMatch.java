package dev.jbuild.builder.source;

import java.nio.file.Path;

/// Something a source of COPY or ADD stands for.
///
/// @param path relative to the root, with `/`, as it was found; empty for the root itself
/// @param file where it is, links of the last component followed
public record SourceMatch(String path, Path file, boolean directory) {

    /// The last component of its path.
    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
