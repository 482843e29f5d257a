package dev.jbuild.registry.server.netty;

import dev.jbuild.oci.ErrorCode;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Response;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One client's connection by HTTP/1.1 or 1.0: one request after the other.
@SuppressWarnings("FutureReturnValueIgnored")
final class Connection extends Conversation {
    private final SocketChannel socket;
    private @Nullable ScheduledFuture<?> deadline;
    private boolean closing;

    Connection(SocketChannel socket, Service service) {
        super(socket, socket, service);
        this.socket = socket;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        awaitRequest();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        cancelDeadline();
        super.channelInactive(context);
    }

    /// Closes after the request under way, if there is one, when the server stops.
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == Closing.WHEN_IDLE) {
            closing = true;
            if (isIdle()) {
                socket.close();
            }
        } else {
            super.userEventTriggered(context, event);
        }
    }

    /// For the first request of a connection that is active already, too.
    void awaitRequest() {
        if (closing) {
            socket.close();
            return;
        }
        deadline =
                socket.eventLoop()
                        .schedule(
                                () -> {
                                    if (isIdle()) {
                                        socket.close();
                                    }
                                },
                                service.limits().request().toMillis(),
                                TimeUnit.MILLISECONDS);
        want();
    }

    private void cancelDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    @Override
    boolean accept(HttpRequest head) {
        cancelDeadline();
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
    boolean announce(Turn current, HttpResponse head, boolean bodyEnds) {
        boolean reusable = HttpUtil.isKeepAlive(current.head) && !closing && bodyEnds;
        if (!reusable) {
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (!current.head.protocolVersion().isKeepAliveDefault()) {
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
        return reusable;
    }

    @Override
    boolean awaitsRequest() {
        return deadline != null;
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
        Outgoing outgoing = Outgoing.of(response, false);
        outgoing.head().headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        refuse(outgoing, false);
    }
}
