package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import dev.jbuild.overlay.linux.Libc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// All that is in a store's directory of snapshots, of either kind: to be counted, checked and
/// removed. Mounts nothing. Used by one thread; beside other processes.
public final class SnapshotInventory implements AutoCloseable {
    private final List<Kind> kinds;
    private final List<Trash> trash = new ArrayList<>();

    private record Kind(String name, SnapshotDirectory directory) {}

    private record Trash(Kind kind, Path path) {}

    private SnapshotInventory(List<Kind> kinds) {
        this.kinds = kinds;
    }

    /// @param directory that of the store, which [Snapshotters] are opened in
    public static SnapshotInventory open(Path directory) {
        List<Kind> kinds = new ArrayList<>();
        for (String name : List.of("overlay", "copy")) {
            Path path = directory.resolve(name);
            if (Files.isDirectory(path)) {
                kinds.add(new Kind(name, new SnapshotDirectory(path)));
            }
        }
        return new SnapshotInventory(kinds);
    }

    /// Removes what processes left unfinished that are gone. Cheap if there is nothing.
    public static void sweep(Path directory) throws IOException {
        try (SnapshotInventory inventory = open(directory)) {
            for (Kind kind : inventory.kinds) {
                if (kind.directory().hasLeases()) {
                    kind.directory().sweep();
                }
            }
        }
    }

    /// The complete snapshots. Those not counted before are walked through for their size.
    public List<StoredSnapshot> list() throws IOException {
        List<StoredSnapshot> snapshots = new ArrayList<>();
        for (Kind kind : kinds) {
            for (Path path : kind.directory().entries()) {
                Optional<ChainId> id = SnapshotDirectory.idOf(path);
                Optional<SnapshotRecord> record =
                        id.isEmpty() ? Optional.empty() : kind.directory().find(id.get());
                if (record.isPresent()) {
                    snapshots.add(
                            new StoredSnapshot(
                                    kind.name(),
                                    id.orElseThrow(),
                                    record.get().parent(),
                                    kind.directory().lastUsed(id.orElseThrow()),
                                    SnapshotSize.of(path)));
                }
            }
        }
        return snapshots;
    }

    /// Takes a snapshot away, whose files are removed when this is closed.
    ///
    /// @param unusedSince it must not have been used since
    /// @return false if it isn't here any more
    /// @throws SnapshotInUseException if another snapshot stands on it, a build uses it, or it was
    ///     used since
    public boolean remove(StoredSnapshot snapshot, Instant unusedSince) throws IOException {
        Kind kind = kind(snapshot.kind());
        Optional<Path> taken = kind.directory().takeAway(snapshot.id(), unusedSince);
        taken.ifPresent(path -> trash.add(new Trash(kind, path)));
        return taken.isPresent();
    }

    /// What is damaged or left over: snapshots that are not complete, or whose parent isn't; names
    /// that are none; leases of processes that are gone.
    public List<SnapshotDamage> check() throws IOException {
        List<SnapshotDamage> damages = new ArrayList<>();
        for (Kind kind : kinds) {
            try (Libc libc = Libc.open();
                    var _ = kind.directory().locked(libc)) {
                damages.addAll(new SnapshotCheck(kind.name(), kind.directory()).run());
            }
        }
        return damages;
    }

    /// Removes what [#check] found, so that it is unpacked again when it is needed.
    ///
    /// @throws SnapshotInUseException if a build works on it
    public void repair(SnapshotDamage damage) throws IOException {
        SnapshotDirectory directory = kind(damage.kind()).directory();
        if (damage.id().isPresent()) {
            directory.discard(damage.id().get());
        } else if (damage.path().startsWith(directory.active())) {
            directory.sweep();
        } else if (Files.exists(damage.path(), java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            try (Libc libc = Libc.open()) {
                SnapshotDirectory.removeTree(libc, damage.path());
            }
        }
    }

    private Kind kind(String name) {
        return kinds.stream().filter(kind -> kind.name().equals(name)).findFirst().orElseThrow();
    }

    /// Removes the files of the snapshots that were taken away.
    @Override
    public void close() throws IOException {
        for (Trash taken : trash) {
            taken.kind().directory().empty(taken.path());
        }
        trash.clear();
        for (Kind kind : kinds) {
            kind.directory().close();
        }
    }
}
