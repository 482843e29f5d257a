package dev.jbuild.builder.exec;

import java.util.OptionalLong;

/// An empty directory in memory that a command sees, gone after the run.
///
/// @param destination absolute path in the root file system; made for the time of the run if
///     missing
/// @param size the most it can hold, in bytes; without it the kernel's limit, half of the memory
public record TmpfsMount(String destination, OptionalLong size) {
    public TmpfsMount {
        Checks.absolute("mount destination", destination);
    }
}
