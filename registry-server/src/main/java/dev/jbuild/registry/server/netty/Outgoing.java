package dev.jbuild.registry.server.netty;

import dev.jbuild.registry.server.http.Response;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// A response ready to be written. Either written, which closes the file, or released.
///
/// @param headOnly whether the content isn't sent, as the request was `HEAD`
/// @param file the content, if it is part of a file and is sent
record Outgoing(Response response, boolean headOnly, @Nullable OpenRange file) {
    /// Bytes of a file that is open.
    record OpenRange(FileChannel channel, long offset, long length) {}

    /// The most of a file that is in memory at a time, where the kernel can't send it by itself.
    static final int PIECE = 16 * 1024;

    private static final byte[] NOTHING = {};

    /// Opens the file that the response is to send, if it is one.
    static Outgoing open(Response response, boolean headOnly) throws IOException {
        if (response.content() instanceof Response.FileRange range
                && !headOnly
                && range.length() > 0) {
            FileChannel file = open(range.file());
            return new Outgoing(
                    response, false, new OpenRange(file, range.offset(), range.length()));
        }
        return of(response, headOnly);
    }

    private static FileChannel open(Path file) throws IOException {
        try {
            return FileChannel.open(file, StandardOpenOption.READ);
        } catch (IOException e) {
            throw new IOException("stored content can't be opened", e);
        }
    }

    /// For a response without a file, or one whose content isn't sent.
    static Outgoing of(Response response, boolean headOnly) {
        return new Outgoing(response, headOnly, null);
    }

    int status() {
        return response.status();
    }

    /// What is sent after the head, unless it is a file.
    byte[] bytes() {
        return response.content() instanceof Response.Bytes(byte[] bytes) && !headOnly
                ? bytes
                : NOTHING;
    }

    /// Whether the head tells the content's length (RFC 9110, 8.6).
    boolean tellsLength() {
        return status() != 204 && status() != 304;
    }

    void release() throws IOException {
        if (file != null) {
            file.channel.close();
        }
    }
}
