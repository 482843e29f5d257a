package dev.jbuild.registry.server.netty;

import dev.jbuild.registry.server.http.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.DefaultFileRegion;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.stream.ChunkedNioFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Writes answers as HTTP/1.1 has them (RFC 9112, 4): heads straight into the bytes that are sent,
/// files by the kernel alone unless the connection is encrypted.
final class Http1Writer {
    /// Content up to this many bytes goes out together with the head.
    private static final int SMALL = 16 * 1024;

    private static final int HEAD = 512;
    private static final byte[] CONTINUE =
            "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final String END_OF_LINE = "\r\n";

    private final Channel channel;
    private final boolean encrypted;

    Http1Writer(Channel channel, boolean encrypted) {
        this.channel = channel;
        this.encrypted = encrypted;
    }

    /// Without flushing.
    ///
    /// @param persistence what `Connection` says; empty: nothing
    /// @return of the last part, which fails if one before it does
    /// @throws IllegalArgumentException if a header can't be sent; then nothing is written
    @SuppressWarnings("FutureReturnValueIgnored")
    ChannelFuture write(Outgoing answer, String persistence) throws IOException {
        byte[] content = answer.bytes();
        boolean together = content.length <= SMALL;
        ByteBuf head = channel.alloc().buffer(together ? HEAD + content.length : HEAD);
        try {
            writeHead(head, answer, persistence);
        } catch (IllegalArgumentException e) {
            head.release();
            throw e;
        }
        if (together) {
            head.writeBytes(content);
        }
        Outgoing.OpenRange file = answer.file();
        if (file == null && together) {
            return channel.write(head);
        }
        channel.write(head);
        if (file == null) {
            return channel.write(Unpooled.wrappedBuffer(content));
        }
        return channel.write(
                encrypted
                        ? new ChunkedNioFile(
                                file.channel(), file.offset(), file.length(), Outgoing.PIECE)
                        : new DefaultFileRegion(file.channel(), file.offset(), file.length()));
    }

    ChannelFuture writeContinue() {
        return channel.write(Unpooled.wrappedBuffer(CONTINUE));
    }

    private static void writeHead(ByteBuf out, Outgoing answer, String persistence) {
        text(out, "HTTP/1.1 ");
        HttpResponseStatus status = HttpResponseStatus.valueOf(answer.status());
        text(out, status.codeAsText());
        out.writeByte(' ');
        text(out, status.reasonPhrase());
        text(out, END_OF_LINE);
        for (Headers.Field field : answer.response().headers().fields()) {
            field(out, field.name(), requireOneLine(field));
        }
        field(out, "Date", HttpDate.now());
        if (answer.tellsLength()) {
            field(out, "Content-Length", Long.toString(answer.response().content().length()));
        }
        if (!persistence.isEmpty()) {
            field(out, "Connection", persistence);
        }
        text(out, END_OF_LINE);
    }

    private static void field(ByteBuf out, String name, String value) {
        text(out, name);
        out.writeByte(':').writeByte(' ');
        text(out, value);
        text(out, END_OF_LINE);
    }

    private static void text(ByteBuf out, CharSequence text) {
        out.writeCharSequence(text, StandardCharsets.US_ASCII);
    }

    /// Whatever a value is made of: it begins no other header and no other answer.
    private static String requireOneLine(Headers.Field field) {
        String value = field.value();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c == 127) {
                throw new IllegalArgumentException(
                        "the header '"
                                + field.name()
                                + "' can't be sent: character "
                                + (int) c
                                + " is at "
                                + i);
            }
        }
        return value;
    }
}
