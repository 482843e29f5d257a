package dev.jbuild.builder.source;

import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.FileState;
import dev.jbuild.overlay.ReadFiles;
import dev.jbuild.store.layer.ByteString;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;

/// The content of files that went into one layer, found out while they were copied, so that they
/// need not be read again for the layer's key. It is known here alone until [#keep]: only who
/// looked at the files before and after the copy can say that it is theirs. Safe for use by
/// several threads.
public final class ReadContents implements Contents, ReadFiles {
    private final Path context;
    private final FileIndex index;
    private final Instant begun = Instant.now();
    private final Map<FileState, FileIndex.Hash> read = new ConcurrentHashMap<>();

    /// Made before anything is looked at.
    ///
    /// @param context that the files are in; others are nobody's business here
    /// @param index takes what it can remember, in the end
    public ReadContents(Path context, FileIndex index) {
        this.context = context;
        this.index = index;
    }

    @Override
    public boolean wants(Path sourceRoot, FileState state) {
        return sourceRoot.equals(context) && !index.knows(state);
    }

    @Override
    public void read(FileState state, SortedMap<String, ByteString> attributes, Digest content) {
        read.put(state, FileIndex.Hash.of(ContentDigest.ofFile(content, attributes)));
    }

    @Override
    public Future<Digest> digest(FileState state, Finding finding) throws InterruptedIOException {
        FileIndex.Hash known = read.get(state);
        return known == null
                ? index.digest(state, finding)
                : CompletableFuture.completedFuture(known.digest());
    }

    /// Remembers it: nothing changed from before it was made until all was read.
    public void keep() {
        read.forEach((state, hash) -> index.learn(state, hash, begun));
        read.clear();
    }
}
