package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.overlay.linux.OpenFile;
import dev.jbuild.overlay.linux.SyscallException;

/// What a file gets that this process makes, learnt from one: an owner or mode that it has anyway
/// need not be set.
///
/// @param umask bits that a new file's mode never has
record NewFiles(long uid, long gid, int umask) {
    /// Nothing is known, everything must be set.
    static final NewFiles UNKNOWN = new NewFiles(-1, -1, 07777);

    private static final String PROBE = ".jbuild-probe";

    static NewFiles in(Directory directory) throws SyscallException {
        OpenFile probe = directory.createFile(PROBE, 0777);
        if (probe == null) {
            return UNKNOWN;
        }
        try (probe) {
            FileStatus status = probe.status();
            boolean hasAcl = !probe.xattrs(name -> name.startsWith("system.")).isEmpty();
            return hasAcl
                    ? UNKNOWN
                    : new NewFiles(status.uid(), status.gid(), 0777 & ~status.permissions());
        } finally {
            directory.removeTree(PROBE);
        }
    }

    boolean isOwner(long otherUid, long otherGid) {
        return uid == otherUid && gid == otherGid;
    }

    boolean getsMode(int mode) {
        return (mode & (umask | 07000)) == 0;
    }
}
