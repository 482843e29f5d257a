package dev.jbuild.registry.server.netty;

import dev.jbuild.oci.ErrorCode;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Response;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One client's connection by HTTP/1.1 or 1.0: one request after the other.
@SuppressWarnings("FutureReturnValueIgnored")
final class Connection extends Conversation {
    private static final String CLOSE = "close";
    private static final String KEEP_ALIVE = "keep-alive";

    private final SocketChannel socket;
    private final Http1Writer writer;
    private String persistence = "";
    private @Nullable ScheduledFuture<?> look;
    private boolean waiting;
    private long waitingSince;
    private boolean closing;
    private boolean reading;
    private boolean unflushed;

    Connection(SocketChannel socket, Service service, boolean encrypted) {
        super(socket, socket, service);
        this.socket = socket;
        this.writer = new Http1Writer(socket, encrypted);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        awaitRequest();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (look != null) {
            look.cancel(false);
        }
        super.channelInactive(context);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        reading = true;
        super.channelRead(context, message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        reading = false;
        if (unflushed) {
            unflushed = false;
            socket.flush();
        }
    }

    /// Closes after the request under way, if there is one, when the server stops.
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == Closing.WHEN_IDLE) {
            if (isIdle() && !closing) {
                closeWhenSent();
            }
            closing = true;
        } else {
            super.userEventTriggered(context, event);
        }
    }

    /// For the first request of a connection that is active already, too.
    void awaitRequest() {
        if (closing) {
            closeWhenSent();
            return;
        }
        waiting = true;
        waitingSince = System.nanoTime();
        if (look == null) {
            lookAfter(service.limits().request().toNanos());
        }
        want();
    }

    /// One timer for all requests of the connection, which is late for most of them.
    private void lookAfter(long nanos) {
        look = socket.eventLoop().schedule(this::look, nanos, TimeUnit.NANOSECONDS);
    }

    private void look() {
        long allowed = service.limits().request().toNanos();
        long waited = waiting ? System.nanoTime() - waitingSince : 0;
        if (waited < allowed) {
            lookAfter(allowed - waited);
        } else {
            socket.close();
        }
    }

    /// Answers that are written may not have left yet.
    private void closeWhenSent() {
        waiting = false;
        socket.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> socket.close());
    }

    @Override
    boolean accept(HttpRequest head) {
        waiting = false;
        if (!head.decoderResult().isSuccess()) {
            refuse(head.decoderResult().cause());
            return false;
        }
        if (head.protocolVersion().majorVersion() != 1) {
            refuse(new IllegalArgumentException("only HTTP/1.1 and 1.0 are spoken"));
            return false;
        }
        if (head.protocolVersion().equals(HttpVersion.HTTP_1_1)
                && head.headers().getAll(HttpHeaderNames.HOST).size() != 1) {
            refuse(new IllegalArgumentException("exactly one Host header is needed"));
            return false;
        }
        begin(head);
        return true;
    }

    @Override
    boolean announce(Turn current, boolean bodyEnds) {
        boolean reusable = HttpUtil.isKeepAlive(current.head) && !closing && bodyEnds;
        if (!reusable) {
            persistence = CLOSE;
        } else {
            persistence = current.head.protocolVersion().isKeepAliveDefault() ? "" : KEEP_ALIVE;
        }
        return reusable;
    }

    @Override
    ChannelFuture write(Outgoing outgoing) throws IOException {
        return writer.write(outgoing, persistence);
    }

    @Override
    ChannelFuture writeContinue() {
        return writer.writeContinue();
    }

    /// Answers to requests that came together go out together.
    @Override
    void flush() {
        if (reading) {
            unflushed = true;
        } else {
            socket.flush();
        }
    }

    /// As long as there is room for it: a client that takes no answers gets no more of them.
    @Override
    boolean countsAsSent(Outgoing outgoing) {
        return outgoing.file() == null && socket.isWritable();
    }

    @Override
    boolean awaitsRequest() {
        return waiting;
    }

    @Override
    void bodyIsBroken(Turn current) {
        closing = true;
        super.bodyIsBroken(current);
    }

    @Override
    void finished() {
        awaitRequest();
    }

    /// Tells the client that nothing more comes, and takes what it still sends for a moment.
    @Override
    void abandon(boolean bodyEnded) {
        if (bodyEnded) {
            socket.close();
            return;
        }
        socket.shutdownOutput();
        socket.eventLoop().schedule(() -> socket.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
        stopListening();
    }

    @Override
    void giveUp() {
        socket.close();
    }

    private void refuse(Throwable cause) {
        int status =
                switch (cause) {
                    case TooLongHttpLineException _ -> 414;
                    case TooLongHttpHeaderException _ -> 431;
                    default -> 400;
                };
        String message =
                switch (status) {
                    case 414 ->
                            "the request line is longer than " + service.limits().line() + " bytes";
                    case 431 ->
                            "the headers are larger than " + service.limits().headers() + " bytes";
                    default -> "not a valid HTTP/1.1 request";
                };
        Response response = Response.error(status, ErrorCode.UNSUPPORTED, message, Headers.NONE);
        persistence = CLOSE;
        refuse(Outgoing.of(response, false), false);
    }
}
