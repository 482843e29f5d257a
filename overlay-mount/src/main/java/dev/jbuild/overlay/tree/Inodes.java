package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.Metadata;
import java.time.Instant;
import java.util.SortedMap;

/// Inodes as values.
final class Inodes {
    private Inodes() {}

    /// An inode's identity while it exists.
    record Key(long device, long inode) {
        static Key of(FileStatus status) {
            return new Key(status.device(), status.inode());
        }
    }

    static Metadata metadata(FileStatus status, SortedMap<String, ByteString> xattrs) {
        return new Metadata(
                status.permissions(), status.uid(), status.gid(), status.mtime(), xattrs);
    }

    /// Whether all that statx tells of the content and the metadata is equal.
    ///
    /// @param latest mtimes later than this count as this
    static boolean same(FileStatus a, FileStatus b, Instant latest) {
        return a.mode() == b.mode()
                && a.uid() == b.uid()
                && a.gid() == b.gid()
                && earlier(a.mtime(), latest).equals(earlier(b.mtime(), latest))
                && a.rdevMajor() == b.rdevMajor()
                && a.rdevMinor() == b.rdevMinor()
                && (!a.isRegular() || a.size() == b.size());
    }

    /// Whether metadata are equal.
    ///
    /// @param latest mtimes later than this count as this
    static boolean same(Metadata a, Metadata b, Instant latest) {
        return lowered(a, latest).equals(lowered(b, latest));
    }

    private static Metadata lowered(Metadata metadata, Instant latest) {
        return metadata.mtime().isAfter(latest) ? metadata.withMtime(latest) : metadata;
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isAfter(b) ? b : a;
    }
}
