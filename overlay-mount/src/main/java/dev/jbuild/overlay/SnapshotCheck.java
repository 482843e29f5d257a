package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Looks at a directory of snapshots without looking into their files. Its lock is held meanwhile.
final class SnapshotCheck {
    private final String kind;
    private final SnapshotDirectory directory;
    private final List<SnapshotDamage> damages = new ArrayList<>();

    /// What is wrong with a snapshot by itself.
    private final Map<ChainId, Optional<String>> faults = new HashMap<>();

    SnapshotCheck(String kind, SnapshotDirectory directory) {
        this.kind = kind;
        this.directory = directory;
    }

    /// Children come before what they stand on, so that they can be removed in this order. The
    /// unfinished work of a process that was killed just now is no damage: the next command sweeps
    /// it.
    List<SnapshotDamage> run() throws IOException {
        List<ChainId> ids = new ArrayList<>();
        for (Path path : directory.entries()) {
            Optional<ChainId> id = SnapshotDirectory.idOf(path);
            if (id.isPresent()) {
                faults.put(id.get(), fault(id.get()));
                ids.add(id.get());
            } else {
                tell(path, Optional.empty(), "is not the name of a snapshot");
            }
        }
        for (ChainId id : ids) {
            Optional<String> wrong = faultInStack(id);
            if (wrong.isPresent()) {
                tell(directory.pathOf(id), Optional.of(id), wrong.get());
            }
        }
        damages.sort((a, b) -> depth(b) - depth(a));
        checkLinks();
        return damages;
    }

    private Optional<String> fault(ChainId id) throws IOException {
        Path path = directory.pathOf(id);
        Optional<SnapshotRecord> record = SnapshotRecord.read(directory.recordOf(id));
        if (record.isEmpty()) {
            boolean here = Files.exists(directory.recordOf(id));
            return Optional.of(here ? "its record is damaged" : "its record is missing");
        }
        if (directory.find(id).isEmpty()) {
            return Optional.of("it was not on disk yet when the machine stopped");
        }
        if (!Files.isDirectory(directory.files(id), LinkOption.NOFOLLOW_LINKS)) {
            return Optional.of("its files are missing");
        }
        Path link = directory.links().resolve(record.get().link());
        Path target = Path.of("../s", path.getFileName().toString(), "fs");
        if (!Files.isSymbolicLink(link) || !Files.readSymbolicLink(link).equals(target)) {
            return Optional.of("its short name 'l/" + record.get().link() + "' is missing");
        }
        return Optional.empty();
    }

    private Optional<String> faultInStack(ChainId id) throws IOException {
        Optional<String> own = faults.getOrDefault(id, Optional.of("it is missing"));
        if (own.isPresent()) {
            return own;
        }
        Optional<ChainId> parent = directory.find(id).flatMap(SnapshotRecord::parent);
        if (parent.isPresent() && !parent.get().equals(id)) {
            Optional<String> below = faultInStack(parent.get());
            return below.map(fault -> "it stands on " + parent.get() + ": " + fault);
        }
        return parent.isPresent() ? Optional.of("it stands on itself") : Optional.empty();
    }

    /// How many snapshots it stands on, one that is missing at the bottom among them; bounded, as
    /// a damaged record can name what stands on itself.
    private int depth(SnapshotDamage damage) {
        int depth = 0;
        try {
            Optional<ChainId> at = damage.id();
            while (at.isPresent() && depth <= faults.size()) {
                at = directory.find(at.get()).flatMap(SnapshotRecord::parent);
                depth++;
            }
        } catch (IOException | IllegalArgumentException unreadable) {
            return depth;
        }
        return depth;
    }

    private void checkLinks() throws IOException {
        for (Path link : SnapshotDirectory.entries(directory.links())) {
            if (!Files.exists(link)) {
                tell(link, Optional.empty(), "a short name of a snapshot that is gone");
            }
        }
    }

    private void tell(Path path, Optional<ChainId> id, String what) {
        damages.add(new SnapshotDamage(kind, path, id, what));
    }
}
