package dev.jbuild.builder.compare;

import dev.jbuild.store.layer.EntryPath;
import java.util.List;

/// A path whose entries in two layers differ.
public record FileDifference(EntryPath path, List<Change> changes) {
    public FileDifference {
        changes = List.copyOf(changes);
    }

    /// How they differ.
    public sealed interface Change {}

    /// One layer alone has the path.
    ///
    /// @param type such as `directory`
    public record OnlyIn(boolean first, String type) implements Change {}

    /// @param name such as `mode`, `link target` or `xattr user.note`
    /// @param first for people; `none` if it isn't there
    public record Attribute(String name, String first, String second) implements Change {}

    public record Bytes(ByteDifference bytes) implements Change {}
}
