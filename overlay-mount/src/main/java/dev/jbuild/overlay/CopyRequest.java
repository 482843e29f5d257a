package dev.jbuild.overlay;

import dev.jbuild.overlay.tree.CopyRun;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// What [TreeCopier] is to copy, and what of it changes on the way.
///
/// @param sourceRoot the directory that `source` is in and that its symlinks can't leave: a build
///     context, or the root of a snapshot
/// @param source a directory, whose contents are copied, or any other entry; symlinks on the way
///     and at its end are followed
/// @param target for a directory, the directory that its contents go into; for anything else, its
///     new path. Symlinks on the way and at its end are followed
/// @param owner of all that is copied and of parents that are made; empty keeps owners, and parents
///     are root's
/// @param mode how mode bits change
/// @param mtime of all that is copied; empty keeps them
/// @param selection what of a directory is copied
public record CopyRequest(
        Path sourceRoot,
        EntryPath source,
        EntryPath target,
        Optional<Owner> owner,
        ModeChange mode,
        Optional<Instant> mtime,
        Selection selection) {

    public record Owner(long uid, long gid) {}

    /// A change of mode bits.
    @FunctionalInterface
    public interface ModeChange {
        ModeChange NONE = (mode, _) -> mode;

        /// @param mode up to 07777
        int apply(int mode, boolean isDirectory);
    }

    /// Chooses among what is in a source directory.
    @FunctionalInterface
    public interface Selection {
        Selection ALL = (_, _) -> Choice.TAKE;

        /// @param path relative to the source root, without symlinks
        Choice choose(EntryPath path, boolean isDirectory);
    }

    /// What is done with an entry.
    public enum Choice {
        TAKE,

        /// Leave it out, and for a directory, all in it.
        SKIP,

        /// Make the directory only if something in it is taken.
        LOOK_INSIDE
    }

    /// Everything, unchanged but for the owner.
    public static CopyRequest all(
            Path sourceRoot, EntryPath source, EntryPath target, Optional<Owner> owner) {
        return new CopyRequest(
                sourceRoot,
                source,
                target,
                owner,
                ModeChange.NONE,
                Optional.empty(),
                Selection.ALL);
    }

    public CopyRequest withMode(ModeChange change) {
        return new CopyRequest(sourceRoot, source, target, owner, change, mtime, selection);
    }

    public CopyRequest withMtime(Instant given) {
        return new CopyRequest(
                sourceRoot, source, target, owner, mode, Optional.of(given), selection);
    }

    public CopyRequest withSelection(Selection chosen) {
        return new CopyRequest(sourceRoot, source, target, owner, mode, mtime, chosen);
    }

    /// The same for the code that copies.
    CopyRun.Changes changes() {
        return new CopyRun.Changes() {
            @Override
            public Metadata apply(Metadata metadata, boolean isDirectory) {
                return new Metadata(
                        mode.apply(metadata.mode(), isDirectory),
                        owner.map(CopyRequest.Owner::uid).orElse(metadata.uid()),
                        owner.map(CopyRequest.Owner::gid).orElse(metadata.gid()),
                        mtime.orElse(metadata.mtime()),
                        metadata.xattrs());
            }

            @Override
            public CopyRun.Choice choose(EntryPath path, boolean isDirectory) {
                return switch (selection.choose(path, isDirectory)) {
                    case TAKE -> CopyRun.Choice.TAKE;
                    case SKIP -> CopyRun.Choice.SKIP;
                    case LOOK_INSIDE -> CopyRun.Choice.LOOK_INSIDE;
                };
            }

            @Override
            public long parentUid() {
                return owner.map(CopyRequest.Owner::uid).orElse(0L);
            }

            @Override
            public long parentGid() {
                return owner.map(CopyRequest.Owner::gid).orElse(0L);
            }
        };
    }
}
