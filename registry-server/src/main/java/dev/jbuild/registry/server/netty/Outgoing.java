package dev.jbuild.registry.server.netty;

import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Response;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.DefaultFileRegion;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.stream.ChunkedNioFile;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A response ready to be written. Either written or released.
///
/// @param file the content, if it is part of a file
record Outgoing(HttpResponse head, @Nullable OpenRange file) {
    /// Bytes of a file that is open.
    record OpenRange(FileChannel channel, long offset, long length) {}

    private static final int PIECE = 16 * 1024;
    private static final DateTimeFormatter RFC_9110 =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);
    private static volatile Date now = Date.of(0);

    private record Date(long second, String text) {
        static Date of(long second) {
            return new Date(second, RFC_9110.format(Instant.ofEpochSecond(second)));
        }
    }

    /// Opens the file that the response is to send, if it is one.
    static Outgoing open(Response response, boolean headOnly) throws IOException {
        if (response.content() instanceof Response.FileRange range
                && !headOnly
                && range.length() > 0) {
            FileChannel file = FileChannel.open(range.file(), StandardOpenOption.READ);
            HttpResponse head =
                    new DefaultHttpResponse(
                            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(response.status()));
            addHeaders(head, response);
            return new Outgoing(head, new OpenRange(file, range.offset(), range.length()));
        }
        return of(response, headOnly);
    }

    /// For a response without a file, or one whose content isn't sent.
    static Outgoing of(Response response, boolean headOnly) {
        ByteBuf content =
                response.content() instanceof Response.Bytes bytes && !headOnly
                        ? Unpooled.wrappedBuffer(bytes.bytes())
                        : Unpooled.EMPTY_BUFFER;
        HttpResponse head =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.valueOf(response.status()),
                        content);
        addHeaders(head, response);
        return new Outgoing(head, null);
    }

    /// By the kernel alone, unless the connection is encrypted: then in pieces. The last part's
    /// future fails if one before it does.
    @SuppressWarnings("FutureReturnValueIgnored")
    ChannelFuture write(Channel channel) throws IOException {
        if (file == null) {
            return channel.writeAndFlush(head);
        }
        channel.write(head);
        if (channel.pipeline().get(ChunkedWriteHandler.class) != null) {
            return channel.writeAndFlush(
                    new HttpChunkedInput(
                            new ChunkedNioFile(file.channel, file.offset, file.length, PIECE)));
        }
        channel.write(new DefaultFileRegion(file.channel, file.offset, file.length));
        return channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    void release() throws IOException {
        if (file != null) {
            file.channel.close();
        }
    }

    private static void addHeaders(HttpResponse head, Response response) {
        for (Headers.Field field : response.headers().fields()) {
            head.headers().add(field.name(), field.value());
        }
        head.headers().set(HttpHeaderNames.DATE, date());
        if (response.status() != 204 && response.status() != 304) {
            head.headers().set(HttpHeaderNames.CONTENT_LENGTH, response.content().length());
        }
    }

    private static String date() {
        long second = System.currentTimeMillis() / 1000;
        Date current = now;
        if (current.second != second) {
            current = Date.of(second);
            now = current;
        }
        return current.text;
    }
}
