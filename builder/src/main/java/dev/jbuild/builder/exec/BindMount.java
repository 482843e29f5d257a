package dev.jbuild.builder.exec;

import java.nio.file.Path;

/// A file or directory of the host that a command sees.
///
/// @param source exists
/// @param destination absolute path in the root file system; made for the time of the run if
///     missing, symbolic links in it are followed inside the root file system only
public record BindMount(Path source, String destination, boolean readOnly) {
    public BindMount {
        Checks.absolute("mount destination", destination);
    }
}
