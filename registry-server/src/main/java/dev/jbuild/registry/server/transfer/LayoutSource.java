package dev.jbuild.registry.server.transfer;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.server.storage.StagedContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/// A layout being read. Nothing in it is trusted: names that are looked up are made here, from
/// digests, and what is found is for the caller to verify.
sealed interface LayoutSource extends AutoCloseable permits DirectorySource, TarSource {

    static LayoutSource open(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return new DirectorySource(path);
        } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            return TarSource.open(path);
        }
        throw new TransferException("there is no directory or tar '" + path + "'");
    }

    /// A small file of the layout.
    ///
    /// @throws TransferException if it is larger
    Optional<byte[]> document(String name, int limit) throws IOException;

    /// How many bytes a blob has; empty if it isn't there.
    OptionalLong size(Digest digest) throws IOException;

    /// Copies a blob; what is wrong with it, `to` tells.
    void copy(Digest digest, StagedContent to) throws IOException;

    @Override
    void close() throws IOException;
}
