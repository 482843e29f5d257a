package dev.jbuild.registry.server.transfer;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/// A layout being written. Without [#finish] it is not one.
sealed interface LayoutSink extends AutoCloseable permits DirectorySink, TarSink {

    /// @param output a name that ends with `.tar` is a tar, any other a directory
    static LayoutSink open(Path output) throws IOException {
        return String.valueOf(output.getFileName()).endsWith(".tar")
                ? new TarSink(output)
                : DirectorySink.open(output);
    }

    /// Writes a blob, verified.
    ///
    /// @param in positioned at 0
    /// @throws dev.jbuild.registry.server.storage.MismatchedContentException if it is not what it
    ///     should be; nothing is written
    void add(Digest digest, long size, FileChannel in) throws IOException;

    /// Returns when all of it is permanent.
    void finish(byte[] index) throws IOException;

    @Override
    void close() throws IOException;
}
