package dev.jbuild.registry.server.upkeep;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.server.storage.ContentIndex.Holder;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Another registry that may have what is damaged or missing here. What it sends is not believed:
/// the one who asks verifies it.
public interface Mirror {

    /// What it is called, for people.
    String name();

    /// Begins to ask it; the caller closes the round.
    Round begin() throws IOException;

    /// Takes bytes as they come.
    interface Sink {
        /// @param bytes valid during the call alone
        /// @throws IOException ends the transfer
        void accept(ByteBuffer bytes) throws IOException;
    }

    /// One round of asking, in which a mirror that is out of order is given up. Used by one thread.
    interface Round extends AutoCloseable {
        /// Hands over what the mirror says is the content. No call takes for ever, whatever the
        /// mirror does.
        ///
        /// @param holder who has it here: the mirror is asked for the same repository
        /// @param size in bytes, as it should be
        /// @throws IOException says why it can't be had
        void fetch(Holder holder, Digest digest, long size, Sink sink)
                throws IOException, InterruptedException;

        @Override
        void close();
    }
}
