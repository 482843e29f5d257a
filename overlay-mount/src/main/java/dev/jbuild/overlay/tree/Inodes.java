package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.Metadata;
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
    static boolean same(FileStatus a, FileStatus b) {
        return a.mode() == b.mode()
                && a.uid() == b.uid()
                && a.gid() == b.gid()
                && a.mtimeSeconds() == b.mtimeSeconds()
                && a.mtimeNanos() == b.mtimeNanos()
                && a.rdevMajor() == b.rdevMajor()
                && a.rdevMinor() == b.rdevMinor()
                && (!a.isRegular() || a.size() == b.size());
    }
}
