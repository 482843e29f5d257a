package dev.jbuild.registry.client.transport;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.OptionalLong;

/// The body of a request, which may have to be written more than once.
public interface Payload {
    /// In bytes; empty if it shows only at the end.
    OptionalLong length();

    void writeTo(WritableByteChannel out) throws IOException;

    /// Bytes in memory, which must not change.
    static Payload of(byte[] content) {
        return new Payload() {
            @Override
            public OptionalLong length() {
                return OptionalLong.of(content.length);
            }

            @Override
            public void writeTo(WritableByteChannel out) throws IOException {
                out.write(java.nio.ByteBuffer.wrap(content));
            }
        };
    }
}
