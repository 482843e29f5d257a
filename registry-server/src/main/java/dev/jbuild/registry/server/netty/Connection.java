package dev.jbuild.registry.server.netty;

import dev.jbuild.oci.ErrorCode;
import dev.jbuild.registry.server.http.Exchange;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Request;
import dev.jbuild.registry.server.http.Response;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One client's connection: one request at a time, read no faster than it is taken. Everything here
/// runs on the connection's event loop, except [#answer], which runs on the request's own virtual
/// thread. Where a write or a close fails, the connection is gone, which is noticed elsewhere.
@SuppressWarnings("FutureReturnValueIgnored")
final class Connection extends ChannelInboundHandlerAdapter {
    /// How much of a body that nobody wants is read, so that the connection can be used again.
    private static final long WORTH_DRAINING = 64 * 1024;

    /// How long a refused client may go on sending before it is cut off, so that it sees the
    /// refusal rather than a broken connection.
    private static final long LINGER_MILLIS = 3000;

    private final SocketChannel channel;
    private final Exchange exchange;
    private final HttpLimits limits;
    private final Consumer<Exception> failures;

    // Netty may decode several messages from one read; they are taken one by one, when wanted.
    private final ArrayDeque<Object> inbox = new ArrayDeque<>();
    private boolean wanted;
    private boolean pumping;
    private @Nullable Turn turn;
    private @Nullable ScheduledFuture<?> deadline;
    private boolean closing;
    private boolean lingering;

    /// One request and its answer.
    private static final class Turn {
        final HttpRequest head;
        final QueuedBody body;
        final boolean keepAlive;
        final boolean expectsContinue;
        boolean continued;
        boolean answered;
        boolean sent;

        Turn(HttpRequest head, QueuedBody body) {
            this.head = head;
            this.body = body;
            this.keepAlive = HttpUtil.isKeepAlive(head);
            this.expectsContinue = HttpUtil.is100ContinueExpected(head);
        }
    }

    Connection(
            SocketChannel channel,
            Exchange exchange,
            HttpLimits limits,
            Consumer<Exception> failures) {
        this.channel = channel;
        this.exchange = exchange;
        this.limits = limits;
        this.failures = failures;
    }

    /// Closes after the request under way, if there is one.
    void closeWhenIdle() {
        channel.eventLoop()
                .execute(
                        () -> {
                            closing = true;
                            if (turn == null) {
                                channel.close();
                            }
                        });
    }

    /// Closes at once.
    void cut() {
        channel.close();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        awaitRequest();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        inbox.add(message);
        pump();
    }

    /// One more message, now if it is here already.
    private void want() {
        wanted = true;
        pump();
    }

    private void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        while (wanted && !inbox.isEmpty()) {
            wanted = false;
            process(inbox.remove());
        }
        pumping = false;
        if (wanted) {
            channel.read();
        }
    }

    private void process(Object message) {
        if (lingering) {
            ReferenceCountUtil.release(message);
            want();
        } else if (message instanceof HttpRequest head) {
            begin(head);
        } else if (message instanceof HttpContent content) {
            receive(content);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        cancelDeadline();
        inbox.forEach(ReferenceCountUtil::release);
        inbox.clear();
        Turn current = turn;
        if (current != null) {
            current.body.cancel("the client closed the connection in the middle of the body");
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent) {
            stalled();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A broken connection (reset, broken pipe) is the client's to notice; nothing is lost here.
        channel.close();
    }

    private void awaitRequest() {
        if (closing) {
            channel.close();
            return;
        }
        deadline =
                channel.eventLoop()
                        .schedule(
                                () -> {
                                    if (turn == null) {
                                        channel.close();
                                    }
                                },
                                limits.request().toMillis(),
                                TimeUnit.MILLISECONDS);
        want();
    }

    private void cancelDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    private void begin(HttpRequest head) {
        cancelDeadline();
        if (!head.decoderResult().isSuccess()) {
            refuse(head, head.decoderResult().cause());
            return;
        }
        if (head.protocolVersion().majorVersion() != 1) {
            refuse(head, new IllegalArgumentException("only HTTP/1.1 and 1.0 are spoken"));
            return;
        }
        if (head.protocolVersion().equals(HttpVersion.HTTP_1_1)
                && head.headers().getAll(HttpHeaderNames.HOST).size() != 1) {
            refuse(head, new IllegalArgumentException("exactly one Host header is needed"));
            return;
        }
        Turn next = new Turn(head, body(head));
        turn = next;
        Request request = request(head, next.body);
        if (!answerAtOnce(next, request)) {
            Thread.ofVirtual().name("request").start(() -> answer(next, request));
        }
        want();
    }

    /// What needs no waiting needs no thread.
    private boolean answerAtOnce(Turn next, Request request) {
        if (next.body.length().orElse(1) != 0) {
            return false;
        }
        try {
            Optional<Response> response = exchange.immediately(request);
            response.ifPresent(known -> send(next, Outgoing.of(known, request.isHead())));
            return response.isPresent();
        } catch (RuntimeException e) {
            failures.accept(e);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private QueuedBody body(HttpRequest head) {
        OptionalLong length;
        if (HttpUtil.isTransferEncodingChunked(head)) {
            length = OptionalLong.empty();
        } else {
            length = OptionalLong.of(HttpUtil.getContentLength(head, 0L));
        }
        return new QueuedBody(
                length,
                () -> channel.eventLoop().execute(this::sendContinue),
                () -> channel.eventLoop().execute(this::want));
    }

    private Request request(HttpRequest head, QueuedBody body) {
        String target = withoutAuthority(head.uri());
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        String query = question < 0 ? "" : target.substring(question + 1);
        List<Headers.Field> fields = new ArrayList<>();
        for (Map.Entry<String, String> field : head.headers()) {
            fields.add(new Headers.Field(field.getKey(), field.getValue()));
        }
        return new Request(
                head.method().name(), path, query, new Headers(fields), body, Peers.of(channel));
    }

    /// RFC 9112, 3.2.2: a server accepts the absolute form, too.
    private static String withoutAuthority(String target) {
        int scheme = target.indexOf("://");
        if (target.startsWith("/") || scheme < 0) {
            return target;
        }
        int slash = target.indexOf('/', scheme + 3);
        return slash < 0 ? "/" : target.substring(slash);
    }

    private void receive(HttpContent content) {
        Turn current = turn;
        if (current == null) {
            content.release();
            return;
        }
        if (!content.decoderResult().isSuccess()) {
            content.release();
            closing = true;
            current.body.cancel("the body is not what HTTP/1.1 allows (a broken chunk?)");
            if (current.sent) {
                channel.close();
            }
            return;
        }
        boolean last = content instanceof LastHttpContent;
        boolean room = current.body.offer(content.content());
        if (last) {
            current.body.end();
            finishIfDone(current);
        } else if (room) {
            want();
        }
    }

    private void sendContinue() {
        Turn current = turn;
        if (current != null && current.expectsContinue && !current.continued && !current.answered) {
            current.continued = true;
            channel.writeAndFlush(
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1,
                            HttpResponseStatus.CONTINUE,
                            Unpooled.EMPTY_BUFFER));
        }
    }

    private void answer(Turn current, Request request) {
        try {
            Response response = exchange.respond(request);
            Outgoing outgoing = Outgoing.open(response, request.isHead());
            channel.eventLoop().execute(() -> send(current, outgoing));
        } catch (IOException | RuntimeException e) {
            failures.accept(e);
            Response failure =
                    Response.error(
                            503,
                            ErrorCode.UNAVAILABLE,
                            "the content can't be read at present",
                            Headers.NONE);
            channel.eventLoop()
                    .execute(() -> send(current, Outgoing.of(failure, request.isHead())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            current.body.discard();
            channel.close();
        }
    }

    private void send(Turn current, Outgoing outgoing) {
        boolean wasPaused = current.body.discard();
        if (!channel.isActive()) {
            release(outgoing);
            return;
        }
        current.answered = true;
        boolean drained = current.body.hasEnded();
        boolean reusable = current.keepAlive && !closing && (drained || worthDraining(current));
        HttpResponse head = outgoing.head();
        if (!reusable) {
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (!current.head.protocolVersion().isKeepAliveDefault()) {
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
        ChannelFuture written;
        try {
            written = outgoing.write(channel);
        } catch (IOException e) {
            failures.accept(e);
            release(outgoing);
            channel.close();
            return;
        }
        written.addListener(
                future -> {
                    current.sent = true;
                    if (!future.isSuccess()) {
                        channel.close();
                    } else if (reusable) {
                        finishIfDone(current);
                    } else if (drained) {
                        channel.close();
                    } else {
                        linger();
                    }
                });
        if (wasPaused) {
            want();
        }
    }

    private void release(Outgoing outgoing) {
        try {
            outgoing.release();
        } catch (IOException e) {
            failures.accept(e);
        }
    }

    private static boolean worthDraining(Turn current) {
        return current.body.length().orElse(Long.MAX_VALUE) <= WORTH_DRAINING
                && (!current.expectsContinue || current.continued);
    }

    /// The next request can be read once both the answer is out and the body is in.
    private void finishIfDone(Turn current) {
        if (turn == current && current.sent && current.body.hasEnded()) {
            turn = null;
            awaitRequest();
        }
    }

    /// Tells the client that nothing more comes, and takes what it still sends for a moment.
    private void linger() {
        lingering = true;
        channel.shutdownOutput();
        channel.eventLoop().schedule(() -> channel.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
        want();
    }

    private void refuse(HttpRequest head, Throwable cause) {
        ReferenceCountUtil.release(head);
        int status =
                switch (cause) {
                    case TooLongHttpLineException _ -> 414;
                    case TooLongHttpHeaderException _ -> 431;
                    default -> 400;
                };
        String message =
                switch (status) {
                    case 414 -> "the request line is longer than " + limits.line() + " bytes";
                    case 431 -> "the headers are larger than " + limits.headers() + " bytes";
                    default -> "not a valid HTTP/1.1 request";
                };
        Response response = Response.error(status, ErrorCode.UNSUPPORTED, message, Headers.NONE);
        Outgoing outgoing = Outgoing.of(response, false);
        outgoing.head().headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        try {
            outgoing.write(channel).addListener(_ -> linger());
        } catch (IOException e) {
            failures.accept(e);
            channel.close();
        }
    }

    private void stalled() {
        Turn current = turn;
        if (current == null) {
            return; // the deadline for a request is its own
        }
        if (current.answered) {
            channel.close();
        } else {
            current.body.cancelIfStarved(
                    "no byte of the body came for " + limits.stall().toSeconds() + " seconds");
        }
    }
}
