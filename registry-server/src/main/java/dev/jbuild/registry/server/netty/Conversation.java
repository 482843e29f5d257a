package dev.jbuild.registry.server.netty;

import dev.jbuild.oci.ErrorCode;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Peer;
import dev.jbuild.registry.server.http.Request;
import dev.jbuild.registry.server.http.Response;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// Requests and their answers on one channel: one at a time, read no faster than it is taken.
/// Everything here runs on the channel's event loop, except [#answer], which runs on the request's
/// own virtual thread. Where a write or a close fails, the channel is gone, which is noticed
/// elsewhere.
@SuppressWarnings("FutureReturnValueIgnored")
abstract sealed class Conversation extends ChannelInboundHandlerAdapter permits Connection, Stream {
    /// How much of a body that nobody wants is read, so that the client needn't be cut off.
    private static final long WORTH_DRAINING = 64 * 1024;

    /// How long a refused client may go on sending before it is cut off, so that it sees the
    /// refusal rather than a broken connection.
    static final long LINGER_MILLIS = 3000;

    final Channel channel;
    final Service service;
    private final SocketChannel socket;

    // Netty may decode several messages from one read; they are taken one by one, when wanted.
    private final ArrayDeque<Object> inbox = new ArrayDeque<>();
    private boolean wanted;
    private boolean pumping;
    private boolean deaf;
    private @Nullable Turn turn;
    private @Nullable Peer peer;

    /// One request and its answer.
    static final class Turn {
        final HttpRequest head;
        final QueuedBody body;
        final boolean expectsContinue;
        boolean continued;
        boolean answered;
        boolean sent;

        Turn(HttpRequest head, QueuedBody body) {
            this.head = head;
            this.body = body;
            this.expectsContinue = HttpUtil.is100ContinueExpected(head);
        }
    }

    /// @param socket the client's connection, which the channel is or is part of
    Conversation(Channel channel, SocketChannel socket, Service service) {
        this.channel = channel;
        this.socket = socket;
        this.service = service;
    }

    /// Checks what comes before the body, and either begins or refuses the request.
    ///
    /// @return whether it was begun
    abstract boolean accept(HttpRequest head);

    /// The answer is there and will be written now.
    ///
    /// @param bodyEnds whether all of the request's body has come or will be read
    /// @return whether the channel is done only when the body has ended
    abstract boolean announce(Turn current, boolean bodyEnds);

    /// Without flushing.
    ///
    /// @return of the last part, which fails if one before it does
    /// @throws IllegalArgumentException if a header can't be sent; then nothing is written
    abstract ChannelFuture write(Outgoing outgoing) throws IOException;

    abstract ChannelFuture writeContinue();

    /// Sends what was written, now or together with more that is about to be.
    abstract void flush();

    /// Whether an answer that was written counts as sent, though it may not have left yet: a
    /// failure closes the channel by itself.
    abstract boolean countsAsSent(Outgoing outgoing);

    /// Whether a request may yet come, for which there is a deadline of its own.
    abstract boolean awaitsRequest();

    /// The answer is out, and the body is in.
    abstract void finished();

    /// The answer is out, and whatever may still come of the body isn't wanted.
    ///
    /// @param bodyEnded whether nothing can come
    abstract void abandon(boolean bodyEnded);

    /// Ends the channel in the middle of an answer, or of a body that nobody waits for.
    abstract void giveUp();

    final boolean isIdle() {
        return turn == null;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        inbox.add(message);
        pump();
    }

    /// One more message, now if it is here already.
    final void want() {
        wanted = true;
        pump();
    }

    /// What still comes is thrown away.
    final void stopListening() {
        deaf = true;
        want();
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

    /// A request without a body may be head and content in one message.
    private void process(Object message) {
        if (deaf || !(message instanceof HttpRequest || message instanceof HttpContent)) {
            ReferenceCountUtil.release(message);
            want();
        } else if (message instanceof HttpRequest head && !accept(head)) {
            ReferenceCountUtil.release(message);
        } else if (message instanceof HttpContent content) {
            receive(content);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
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
        giveUp();
    }

    final void begin(HttpRequest head) {
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
            Optional<Response> response = service.exchange().immediately(request);
            response.ifPresent(known -> send(next, Outgoing.of(known, request.isHead())));
            return response.isPresent();
        } catch (RuntimeException e) {
            service.failures().accept(e);
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
                () -> onLoop(this::sendContinue, () -> {}),
                () -> onLoop(this::want, () -> {}));
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
        return new Request(head.method().name(), path, query, new Headers(fields), body, peer());
    }

    private Peer peer() {
        if (peer == null) {
            peer = Peers.of(socket);
        }
        return peer;
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
            bodyIsBroken(current);
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

    void bodyIsBroken(Turn current) {
        current.body.cancel("the body is not what HTTP allows (a broken chunk?)");
        if (current.sent) {
            giveUp();
        }
    }

    private void sendContinue() {
        Turn current = turn;
        if (current != null && current.expectsContinue && !current.continued && !current.answered) {
            current.continued = true;
            writeContinue();
            flush();
        }
    }

    private void answer(Turn current, Request request) {
        try {
            Response response = service.exchange().respond(request);
            Outgoing outgoing = Outgoing.open(response, request.isHead());
            handOver(current, outgoing);
        } catch (IOException | RuntimeException e) {
            service.failures().accept(e);
            Response failure =
                    Response.error(
                            503,
                            ErrorCode.UNAVAILABLE,
                            "the content can't be read at present",
                            Headers.NONE);
            handOver(current, Outgoing.of(failure, request.isHead()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            current.body.discard();
            onLoop(this::giveUp, () -> {});
        }
    }

    private void handOver(Turn current, Outgoing outgoing) {
        onLoop(() -> send(current, outgoing), () -> release(outgoing));
    }

    /// @param otherwise if the server has stopped, and its patience was over
    private void onLoop(Runnable task, Runnable otherwise) {
        try {
            channel.eventLoop().execute(task);
        } catch (RejectedExecutionException _) {
            otherwise.run();
        }
    }

    private void send(Turn current, Outgoing outgoing) {
        boolean wasPaused = current.body.discard();
        if (!channel.isActive()) {
            release(outgoing);
            return;
        }
        current.answered = true;
        boolean bodyEnds = current.body.hasEnded() || worthDraining(current);
        boolean goesOn = announce(current, bodyEnds);
        write(
                outgoing,
                goesOn,
                () -> {
                    current.sent = true;
                    if (goesOn) {
                        finishIfDone(current);
                    } else {
                        abandon(current.body.hasEnded());
                    }
                });
        if (wasPaused) {
            want();
        }
    }

    /// To a client whose request isn't begun.
    final void refuse(Outgoing outgoing, boolean bodyEnded) {
        write(outgoing, false, () -> abandon(bodyEnded));
    }

    private void write(Outgoing outgoing, boolean goesOn, Runnable then) {
        ChannelFuture written;
        try {
            written = write(outgoing);
        } catch (IOException | IllegalArgumentException e) {
            service.failures().accept(e);
            release(outgoing);
            giveUp();
            return;
        }
        flush();
        if (goesOn && countsAsSent(outgoing)) {
            then.run();
            return;
        }
        written.addListener(
                future -> {
                    if (future.isSuccess()) {
                        then.run();
                    } else {
                        giveUp();
                    }
                });
    }

    private void release(Outgoing outgoing) {
        try {
            outgoing.release();
        } catch (IOException e) {
            service.failures().accept(e);
        }
    }

    private static boolean worthDraining(Turn current) {
        return current.body.length().orElse(Long.MAX_VALUE) <= WORTH_DRAINING
                && (!current.expectsContinue || current.continued);
    }

    /// There is nothing more to do once both the answer is out and the body is in.
    private void finishIfDone(Turn current) {
        if (turn == current && current.sent && current.body.hasEnded()) {
            turn = null;
            finished();
        }
    }

    private void stalled() {
        Turn current = turn;
        if (current == null ? !awaitsRequest() : current.answered) {
            giveUp();
        } else if (current != null) {
            current.body.cancelIfStarved(
                    "no byte of the body came for "
                            + service.limits().stall().toSeconds()
                            + " seconds");
        }
    }
}
