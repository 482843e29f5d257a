package dev.jbuild.store.layer;

/// One entry of a layer. Whiteouts are [RegularFile]s with a `.wh.` name when read (see
/// [Whiteouts]).
public sealed interface TarEntry {
    EntryPath path();

    Metadata metadata();

    /// @param size bytes of content
    record RegularFile(EntryPath path, Metadata metadata, long size) implements TarEntry {}

    record Directory(EntryPath path, Metadata metadata) implements TarEntry {}

    /// @param target as stored in the link, not resolved
    record Symlink(EntryPath path, Metadata metadata, ByteString target) implements TarEntry {}

    /// Another name of a file that stands earlier in the same layer or in a layer below.
    record HardLink(EntryPath path, Metadata metadata, EntryPath target) implements TarEntry {}

    /// @param character false for a block device
    record Device(EntryPath path, Metadata metadata, boolean character, int major, int minor)
            implements TarEntry {}

    record Fifo(EntryPath path, Metadata metadata) implements TarEntry {}
}
