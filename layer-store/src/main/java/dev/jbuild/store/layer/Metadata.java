package dev.jbuild.store.layer;

import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// What an inode has besides its content.
///
/// @param mode permission bits with set-uid, set-gid and sticky, up to 07777
/// @param mtime to the nanosecond; may lie before 1970
/// @param xattrs by full name, such as `security.capability`, in order of names
public record Metadata(
        int mode, long uid, long gid, Instant mtime, SortedMap<String, ByteString> xattrs) {
    public Metadata {
        if (mode < 0 || mode > 07777) {
            throw new IllegalArgumentException(
                    "invalid mode " + Integer.toOctalString(mode) + ": up to 07777");
        }
        xattrs =
                xattrs.isEmpty()
                        ? Collections.emptySortedMap()
                        : Collections.unmodifiableSortedMap(new TreeMap<>(xattrs));
    }

    public Metadata(int mode, long uid, long gid, Instant mtime) {
        this(mode, uid, gid, mtime, Collections.emptySortedMap());
    }

    public Metadata withMtime(Instant mtime) {
        return new Metadata(mode, uid, gid, mtime, xattrs);
    }
}
