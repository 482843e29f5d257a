package dev.jbuild.builder.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.client.network.Network;
import dev.jbuild.store.DigestMismatchException;
import dev.jbuild.store.DirectoryBlobStore;
import dev.jbuild.store.DurableFiles;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// Files on web servers. Their content is kept as blobs of the store, where `jbuild prune` may
/// remove it, and what the servers said of it beside the step cache. In one build each URL is asked
/// for once. Safe for use by several threads and processes.
public final class RemoteFiles {
    private final DirectoryBlobStore blobs;
    private final Store store;
    private final Path records;
    private final Limits limits;
    private final Supplier<Network> network;
    private final Map<String, ReentrantLock> locks = new ConcurrentHashMap<>();
    private final Map<String, Answered> asked = new ConcurrentHashMap<>();

    /// @param network asked for when the first server is
    public RemoteFiles(Store store, Limits limits, Supplier<Network> network) {
        this.network = network;
        this.store = store;
        this.blobs = store.blobs();
        this.records = store.cacheDirectory().resolve("urls");
        this.limits = limits;
    }

    /// What the URL stands for. With a checksum nobody is asked: it says what the content is.
    /// Without one the server is, and sends the content only if it isn't what it sent last time.
    public RemoteFile resolve(String url, Optional<Digest> checksum)
            throws IOException, InterruptedException {
        if (checksum.isPresent()) {
            Optional<Answered> known = known(url, checksum.get());
            return file(
                    url,
                    known.orElse(new Answered(checksum.get(), Optional.empty(), Optional.empty())));
        }
        return file(url, ask(url));
    }

    /// The content of a file that was resolved, as a file of the store that must not be changed.
    ///
    /// @return with the time the server says, which need not have been asked before
    public Content content(String url, RemoteFile file) throws IOException, InterruptedException {
        ReentrantLock lock = lock(url);
        lock.lockInterruptibly();
        try {
            Optional<Answered> known = known(url, file.content());
            if (known.isEmpty() || blobs.size(file.content()).isEmpty()) {
                known = Optional.of(fetch(url, file.content()));
            }
            return new Content(blobs.path(file.content()), file(url, known.get()));
        } finally {
            lock.unlock();
        }
    }

    /// @param path not to be changed
    public record Content(Path path, RemoteFile file) {}

    private Answered ask(String url) throws IOException, InterruptedException {
        ReentrantLock lock = lock(url);
        lock.lockInterruptibly();
        try {
            Answered before = asked.get(url);
            if (before != null) {
                return before;
            }
            Optional<Answered> known = read(url).filter(Answered::hasValidator);
            Answered now =
                    new Download(blobs, limits, network.get()).get(url, known, Optional.empty());
            if (known.isEmpty() || !now.equals(known.get())) {
                write(url, now);
            }
            asked.put(url, now);
            return now;
        } finally {
            lock.unlock();
        }
    }

    private Answered fetch(String url, Digest expected) throws IOException, InterruptedException {
        Answered now;
        try {
            now =
                    new Download(blobs, limits, network.get())
                            .get(url, Optional.empty(), Optional.of(expected));
        } catch (DigestMismatchException e) {
            throw new RemoteException(
                            WebAddress.shown(url),
                            "checksum mismatch: the content is "
                                    + e.actual()
                                    + ", not "
                                    + expected
                                    + "; nothing of it is kept",
                            asked.containsKey(url)
                                    ? "the file changes while this build runs: build again"
                                    : "if the new content is right, write --checksum=" + e.actual())
                    .causedBy(e);
        }
        write(url, now);
        return now;
    }

    private Optional<Answered> known(String url, Digest content) throws IOException {
        return read(url).filter(answered -> answered.content().equals(content));
    }

    private Optional<Answered> read(String url) throws IOException {
        try {
            return Answered.decode(Files.readAllBytes(record(url)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private void write(String url, Answered answered) throws IOException {
        DurableFiles.createDirectories(records);
        DurableFiles.replace(record(url), store.temp().next("url"), answered.encode());
    }

    /// Named by a hash, so that a password in a URL is not kept.
    private Path record(String url) {
        return records.resolve(Digest.sha256(url.getBytes(UTF_8)).hex());
    }

    private ReentrantLock lock(String url) {
        return locks.computeIfAbsent(url, key -> new ReentrantLock());
    }

    private static RemoteFile file(String url, Answered answered) {
        return new RemoteFile(WebAddress.fileName(url), answered.content(), answered.mtime());
    }
}
