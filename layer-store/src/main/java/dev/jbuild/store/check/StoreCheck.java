package dev.jbuild.store.check;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.store.DirectoryBlobStore.Stored;
import dev.jbuild.store.ImageStore;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.ProcessLock;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Looks for damage in a store, beside other processes: reads every blob, then looks at what refers
/// to them while names and removals are held off. The build cache and the snapshots are not looked
/// at here.
public final class StoreCheck {
    private final Store store;
    private final BlobReading reading;
    private final Map<Digest, BlobState> states = new HashMap<>();
    private List<Damage> damages = new ArrayList<>();

    /// @param store the caller's own
    public StoreCheck(Store store) {
        this.store = store;
        this.reading = new BlobReading(store.blobs());
    }

    /// Run again, it reads only what is new, and what was damaged.
    ///
    /// @throws InterruptedException if this thread is interrupted; reading stops then
    public StoreReport run() throws IOException, InterruptedException {
        damages = new ArrayList<>();
        states.values().removeIf(BlobState.Damaged.class::isInstance);
        List<Digest> largestFirst =
                store.blobs().stored().stream()
                        .filter(blob -> !states.containsKey(blob.digest()))
                        .sorted(Comparator.comparingLong(Stored::size).reversed())
                        .map(Stored::digest)
                        .toList();
        states.putAll(reading.readAll(largestFirst));
        try (ProcessLock _ = store.blobs().lock()) {
            addNewcomers();
            checkLayout();
            List<NeededBy> images = images();
            ImageCheck checked = new ImageCheck(store, states);
            for (NeededBy image : images) {
                checked.add(image);
            }
            addBlobs(checked);
            damages.addAll(checked.damages());
            new LayerRecordCheck(store, states).run(damages);
            checkStrays();
            return new StoreReport(damages, states.size(), bytes(), images.size());
        }
    }

    /// Blobs that came, or went, while the others were read.
    private void addNewcomers() throws IOException {
        List<Digest> here = store.blobs().list().toList();
        states.keySet().retainAll(new HashSet<>(here));
        for (Digest digest : here) {
            if (!states.containsKey(digest)) {
                states.put(digest, reading.read(digest));
            }
        }
    }

    private void addBlobs(ImageCheck images) {
        states.entrySet().stream()
                .sorted(Comparator.comparing(entry -> entry.getKey().toString()))
                .forEach(
                        entry -> {
                            if (entry.getValue() instanceof BlobState.Damaged damaged) {
                                damages.add(
                                        new Damage.BadBlob(
                                                entry.getKey(),
                                                damaged.what(),
                                                images.needing(entry.getKey())));
                            }
                        });
    }

    private void checkLayout() throws IOException {
        Path file = store.root().resolve("oci-layout");
        try {
            String version =
                    JsonMembers.parse("oci-layout", Files.readAllBytes(file))
                            .requiredText("imageLayoutVersion");
            if (!version.equals("1.0.0")) {
                damages.add(
                        new Damage.BadLayout(file, "its version is '" + version + "', not 1.0.0"));
            }
        } catch (InvalidJsonException e) {
            damages.add(new Damage.BadLayout(file, String.valueOf(e.getMessage())));
        }
    }

    /// Also those without a name.
    private List<NeededBy> images() throws IOException {
        try {
            Map<Descriptor, NeededBy> images = new HashMap<>();
            List<NeededBy> all = new ArrayList<>();
            for (NamedImage named : store.images().list()) {
                NeededBy image = new NeededBy(Optional.of(named.name()), named.descriptor());
                images.put(named.descriptor(), image);
                all.add(image);
            }
            for (Descriptor root : store.images().roots()) {
                if (images.keySet().stream().noneMatch(d -> d.digest().equals(root.digest()))) {
                    all.add(new NeededBy(Optional.empty(), root));
                }
            }
            return all;
        } catch (IOException | IllegalArgumentException e) {
            damages.add(
                    new Damage.BadIndex(
                            store.root().resolve(ImageStore.INDEX),
                            "it is not an index of images"));
            return List.of();
        }
    }

    private void checkStrays() throws IOException {
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            Path directory = store.root().resolve("blobs").resolve(algorithm.token());
            for (Path file : entries(directory)) {
                if (!file.getFileName()
                        .toString()
                        .matches("[0-9a-f]{" + algorithm.hexLength() + "}")) {
                    damages.add(new Damage.Stray(file, "is not the name of a blob"));
                }
            }
        }
        for (Path file : entries(store.temp().directory().resolveSibling(""))) {
            if (Files.isRegularFile(file) && !file.getFileName().toString().equals("lock")) {
                damages.add(new Damage.Stray(file, "a temporary file that nobody owns"));
            }
        }
        for (String leftover : store.temp().leftovers()) {
            damages.add(new Damage.Stray(store.root().resolve("tmp"), leftover));
        }
    }

    static List<Path> entries(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            files.forEach(entries::add);
        }
        entries.sort(null);
        return entries;
    }

    private long bytes() {
        long bytes = 0;
        for (BlobState state : states.values()) {
            bytes +=
                    switch (state) {
                        case BlobState.Sound sound -> sound.bytes();
                        case BlobState.Damaged damaged -> damaged.bytes();
                    };
        }
        return bytes;
    }
}
