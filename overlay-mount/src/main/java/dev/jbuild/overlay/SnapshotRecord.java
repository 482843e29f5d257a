package dev.jbuild.overlay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.ChainId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/// What is written down beside a snapshot's files.
///
/// @param link the short name of its directory, for mount options
/// @param unsyncedSince the boot during which it was made, unless it is known to be on disk: after
///     another boot it can't be trusted, since nothing is synced while it is made
record SnapshotRecord(Optional<ChainId> parent, String link, Optional<String> unsyncedSince) {
    private static final String HEADER = "jbuild snapshot 1";
    private static final String NONE = "none";
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /// The running boot, as the kernel names it.
    static String currentBoot() throws IOException {
        return Files.readString(BOOT_ID).strip();
    }

    boolean isTrusted(String boot) {
        return unsyncedSince.isEmpty() || unsyncedSince.get().equals(boot);
    }

    SnapshotRecord synced() {
        return new SnapshotRecord(parent, link, Optional.empty());
    }

    /// Writes it in place of what is there, in one go.
    void write(Path file) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(
                fresh,
                HEADER
                        + "\nparent "
                        + parent.map(ChainId::toString).orElse(NONE)
                        + "\nlink "
                        + link
                        + "\nboot "
                        + unsyncedSince.orElse(NONE)
                        + "\n",
                UTF_8);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /// Reads it; one that isn't there, or is damaged, is none.
    static Optional<SnapshotRecord> read(Path file) throws IOException {
        try {
            return parse(new String(Files.readAllBytes(file), ISO_8859_1));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        } catch (IllegalArgumentException noChainId) {
            return Optional.empty();
        }
    }

    /// One that a power failure left empty or cut is as good as none.
    static Optional<SnapshotRecord> parse(String text) {
        String[] lines = text.split("\n", -1);
        if (lines.length != 5
                || !lines[0].equals(HEADER)
                || !lines[1].startsWith("parent ")
                || !lines[2].startsWith("link ")
                || !lines[3].startsWith("boot ")
                || !lines[4].isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new SnapshotRecord(
                        some(lines[1].substring(7)).map(ChainId::parse),
                        lines[2].substring(5),
                        some(lines[3].substring(5))));
    }

    private static Optional<String> some(String text) {
        return text.equals(NONE) ? Optional.empty() : Optional.of(text);
    }
}
