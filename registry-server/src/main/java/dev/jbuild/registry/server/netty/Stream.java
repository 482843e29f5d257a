package dev.jbuild.registry.server.netty;

import dev.jbuild.oci.ErrorCode;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Response;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/// A stream of an HTTP/2 connection: one request (RFC 9113, 8.1).
@SuppressWarnings("FutureReturnValueIgnored")
final class Stream extends Conversation {
    /// Nothing comes for so long: it isn't on its way.
    private static final long QUIET_MILLIS = 250;

    private final SocketChannel socket;
    private final Http2FrameStream stream;
    private final Http2Writer writer;
    private boolean begun;

    Stream(Http2StreamChannel channel, SocketChannel socket, Service service) {
        super(channel, socket, service);
        this.socket = socket;
        this.stream = channel.stream();
        this.writer = new Http2Writer(channel);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        want();
    }

    /// A client that resets the stream doesn't want the answer, and sends no more.
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof Http2ResetFrame) {
            channel.close();
        } else {
            super.userEventTriggered(context, event);
        }
    }

    /// What is malformed gets the error that it is (RFC 9113, 8.1.1).
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Http2Exception malformed = Http2CodecUtil.getEmbeddedHttp2Exception(cause);
        if (malformed == null) {
            super.exceptionCaught(context, cause);
        } else {
            reset(malformed.error());
        }
    }

    @Override
    boolean accept(HttpRequest head) {
        if (begun) {
            reset(Http2Error.PROTOCOL_ERROR); // trailers that are the head of another request
            return false;
        }
        begun = true;
        if (head.uri().length() > service.limits().line()) {
            refuse(head, 414, "the path is longer than " + service.limits().line() + " bytes");
            return false;
        }
        if (head.headers().getAll(HttpHeaderNames.HOST).stream().distinct().count() != 1) {
            refuse(head, 400, "exactly one host is needed, as ':authority' or 'host'");
            return false;
        }
        begin(head);
        return true;
    }

    @Override
    boolean announce(Turn current, boolean bodyEnds) {
        if (!bodyEnds) {
            takeNoMore();
        }
        return bodyEnds;
    }

    @Override
    ChannelFuture write(Outgoing outgoing) throws IOException {
        return writer.write(outgoing);
    }

    @Override
    ChannelFuture writeContinue() {
        return writer.writeContinue();
    }

    @Override
    void flush() {
        channel.flush();
    }

    /// The stream is closed after it.
    @Override
    boolean countsAsSent(Outgoing outgoing) {
        return false;
    }

    @Override
    boolean awaitsRequest() {
        return false; // it is there from the beginning
    }

    @Override
    void finished() {
        channel.close();
    }

    /// The client may send what it was allowed to, which is thrown away, and doesn't keep the
    /// stream from being closed if the answer isn't taken.
    private void takeNoMore() {
        Http2Connection connection = connection();
        Http2Stream open = connection.stream(stream.id());
        if (open != null) {
            try {
                connection.local().flowController().incrementWindowSize(open, -Integer.MAX_VALUE);
            } catch (Http2Exception e) {
                reset(e.error());
                return;
            }
        }
        long stall = service.limits().stall().toMillis();
        IdleStateHandler answerOnly = new IdleStateHandler(0, stall, 0, TimeUnit.MILLISECONDS);
        channel.pipeline().replace(IdleStateHandler.class, null, answerOnly);
        stopListening();
    }

    /// The answer counts, and the client need not send the rest (RFC 9113, 8.1). It is told so when
    /// what was on its way has come, for what comes after a reset looks like an attack.
    @Override
    void abandon(boolean bodyEnded) {
        if (bodyEnded) {
            channel.close();
        } else {
            letGo(-1, LINGER_MILLIS / QUIET_MILLIS);
        }
    }

    /// @param before how much the client was allowed to send when that was asked last
    private void letGo(int before, long patience) {
        Http2Connection connection = connection();
        Http2Stream open = connection.stream(stream.id());
        if (open == null || open.state() != Http2Stream.State.HALF_CLOSED_LOCAL) {
            channel.close();
            return;
        }
        int window = connection.local().flowController().windowSize(open);
        if (window == before || patience == 0) {
            reset(Http2Error.NO_ERROR);
        } else {
            channel.eventLoop()
                    .schedule(
                            () -> letGo(window, patience - 1), QUIET_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /// [io.netty.channel.Channel#close] alone resets no stream whose request has ended: it would
    /// wait for its answer to be taken, and count as one of those that the client may have.
    @Override
    void giveUp() {
        if (socket.isActive() && connection().stream(stream.id()) != null) {
            reset(Http2Error.CANCEL);
        } else {
            channel.close();
        }
    }

    private Http2Connection connection() {
        return socket.pipeline().get(Http2FrameCodec.class).connection();
    }

    /// Past what still waits to be written.
    private void reset(Http2Error error) {
        ChannelHandlerContext first = channel.pipeline().firstContext();
        if (first != null) { // else it has been closed and taken apart
            first.writeAndFlush(new DefaultHttp2ResetFrame(error))
                    .addListener(_ -> channel.close());
        }
    }

    private void refuse(HttpRequest head, int status, String message) {
        Response response = Response.error(status, ErrorCode.UNSUPPORTED, message, Headers.NONE);
        boolean bodyEnded = head instanceof LastHttpContent;
        if (!bodyEnded) {
            takeNoMore();
        }
        refuse(Outgoing.of(response, head.method().equals(HttpMethod.HEAD)), bodyEnded);
    }
}
