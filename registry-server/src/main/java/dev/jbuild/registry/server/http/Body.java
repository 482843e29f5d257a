package dev.jbuild.registry.server.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/// The bytes that come with a request. They are read from the connection as they are taken, and a
/// client that waits for `100 Continue` is told to go on only by the first [#transferTo]. Taken
/// once, by one thread.
public interface Body {

    /// No bytes.
    Body EMPTY =
            new Body() {
                @Override
                public OptionalLong length() {
                    return OptionalLong.of(0);
                }

                @Override
                public void transferTo(Sink sink) {}

                @Override
                public void cancel(String reason) {}
            };

    /// Takes bytes of a body.
    interface Sink {
        /// @param bytes valid during the call alone
        void accept(ByteBuffer bytes) throws IOException;
    }

    /// What `Content-Length` announces; empty if the body is sent in chunks.
    OptionalLong length();

    /// Hands every byte to the sink, in order.
    ///
    /// @throws BodyInterruptedException if the client went away or stalled before the end; what
    ///     came before has been handed over
    void transferTo(Sink sink) throws IOException, InterruptedException;

    /// Ends a [#transferTo] that is under way in another thread, which throws
    /// [BodyInterruptedException].
    void cancel(String reason);

    /// The whole body in memory.
    ///
    /// @param limit in bytes
    /// @throws BodyTooLargeException as soon as there is more, or announced to be
    default byte[] readAll(int limit) throws IOException, InterruptedException {
        if (length().orElse(0) > limit) {
            throw new BodyTooLargeException(limit);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream((int) length().orElse(1024));
        transferTo(
                bytes -> {
                    if (all.size() + bytes.remaining() > limit) {
                        throw new BodyTooLargeException(limit);
                    }
                    byte[] part = new byte[bytes.remaining()];
                    bytes.get(part);
                    all.writeBytes(part);
                });
        return all.toByteArray();
    }
}
