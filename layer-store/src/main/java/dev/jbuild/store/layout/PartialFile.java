package dev.jbuild.store.layout;

import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.store.DurableFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// A file that is written beside the one it is to replace, as `NAME.<uuid>.partial`. It is locked
/// by its writer; the next writer to the same place removes those whose writer is dead.
record PartialFile(Path target, Path path, FileChannel channel) implements AutoCloseable {
    private static final String SUFFIX = ".partial";
    private static final String UUID_PATTERN = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    /// Those of this process, which must not even be opened: see `ProcessLock`.
    private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

    /// @param target absolute; need not exist
    static PartialFile of(Path target) throws IOException {
        sweep(target);
        while (true) {
            // a name that nobody can know, so that it is neither another's nor a symlink put there
            Path path =
                    target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + SUFFIX);
            PartialFile partial = create(target, path);
            // Another may have swept it between creation and lock.
            if (Files.exists(path)) {
                return partial;
            }
            partial.close();
        }
    }

    private static PartialFile create(Path target, Path path) throws IOException {
        OURS.add(path);
        try {
            FileChannel channel =
                    FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            channel.lock();
            return new PartialFile(target, path, channel);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(path);
            OURS.remove(path);
            throw e;
        }
    }

    /// Puts it in its place, once all is on disk.
    void complete() throws IOException {
        channel.force(true);
        DurableFiles.rename(path, target);
    }

    /// Removes it, unless it is complete.
    @Override
    public void close() throws IOException {
        try (channel) {
            Files.deleteIfExists(path);
        } finally {
            OURS.remove(path);
        }
    }

    /// Whether a file is one that is, or was, being written.
    static boolean isPartial(Path file) {
        return file.getFileName().toString().matches(".+\\." + UUID_PATTERN + "\\.partial");
    }

    /// Removes what dead writers left in the directory of an image layout.
    static void sweepAll(Path directory) throws IOException {
        sweep(directory, PartialFile::isPartial);
        Path blobs = directory.resolve("blobs");
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            sweep(blobs.resolve(algorithm.token()), PartialFile::isPartial);
        }
    }

    private static void sweep(Path target) throws IOException {
        Pattern partial =
                Pattern.compile(
                        Pattern.quote(target.getFileName() + ".")
                                + UUID_PATTERN
                                + Pattern.quote(SUFFIX));
        sweep(
                target.resolveSibling(""),
                file -> partial.matcher(file.getFileName().toString()).matches());
    }

    private static void sweep(Path directory, DirectoryStream.Filter<Path> filter)
            throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, filter)) {
            for (Path file : files) {
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && !isBeingWritten(file)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (NoSuchFileException noDirectory) {
            return; // which is told when the file is made
        }
    }

    private static boolean isBeingWritten(Path file) throws IOException {
        if (OURS.contains(file)) {
            return true;
        }
        try (FileChannel other =
                        FileChannel.open(
                                file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock lock = other.tryLock()) {
            return lock == null;
        } catch (java.nio.file.FileSystemException goneOrAnothers) {
            return true; // finished meanwhile, or another user's: not ours to judge
        }
    }
}
