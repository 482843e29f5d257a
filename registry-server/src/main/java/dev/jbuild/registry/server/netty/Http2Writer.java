package dev.jbuild.registry.server.netty;

import dev.jbuild.registry.server.http.Headers;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.stream.ChunkedNioFile;
import java.io.IOException;

/// Writes answers to a stream of HTTP/2, as messages that its pipeline makes frames of.
final class Http2Writer {
    private final Channel channel;

    Http2Writer(Channel channel) {
        this.channel = channel;
    }

    /// Without flushing.
    ///
    /// @return of the last part, which fails if one before it does
    /// @throws IllegalArgumentException if a header can't be sent; then nothing is written
    @SuppressWarnings("FutureReturnValueIgnored")
    ChannelFuture write(Outgoing answer) throws IOException {
        HttpResponseStatus status = HttpResponseStatus.valueOf(answer.status());
        Outgoing.OpenRange file = answer.file();
        if (file == null) {
            HttpResponse whole =
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(answer.bytes()));
            addHeaders(whole, answer);
            return channel.write(whole);
        }
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
        addHeaders(head, answer);
        channel.write(head);
        return channel.write(
                new HttpChunkedInput(
                        new ChunkedNioFile(
                                file.channel(), file.offset(), file.length(), Outgoing.PIECE)));
    }

    ChannelFuture writeContinue() {
        return channel.write(
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
    }

    private static void addHeaders(HttpResponse head, Outgoing answer) {
        for (Headers.Field field : answer.response().headers().fields()) {
            head.headers().add(field.name(), field.value());
        }
        head.headers().set(HttpHeaderNames.DATE, HttpDate.now());
        if (answer.tellsLength()) {
            head.headers()
                    .set(HttpHeaderNames.CONTENT_LENGTH, answer.response().content().length());
        }
    }
}
