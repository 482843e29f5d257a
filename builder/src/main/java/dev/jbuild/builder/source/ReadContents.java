package dev.jbuild.builder.source;

import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.FileState;
import dev.jbuild.overlay.ReadFiles;
import dev.jbuild.store.layer.ByteString;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;

/// The content of files that went into one layer, found out while they were copied, so that they
/// need not be read again for the layer's key. What was copied is known here even where it is too
/// new for the index to remember: the key is to say what the layer has. Safe for use by several
/// threads.
public final class ReadContents implements Contents, ReadFiles {
    private final FileIndex index;
    private final Map<FileState, Digest> tooNew = new ConcurrentHashMap<>();

    /// @param index takes what it can remember
    public ReadContents(FileIndex index) {
        this.index = index;
    }

    @Override
    public void read(FileState state, SortedMap<String, ByteString> attributes, Digest content) {
        Digest digest = ContentDigest.ofFile(content, attributes);
        if (!index.learn(state, digest)) {
            tooNew.put(state, digest);
        }
    }

    @Override
    public Future<Digest> digest(FileState state, Finding finding) throws InterruptedIOException {
        Digest known = tooNew.get(state);
        return known == null
                ? index.digest(state, finding)
                : CompletableFuture.completedFuture(known);
    }
}
