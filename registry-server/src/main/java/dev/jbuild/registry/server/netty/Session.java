package dev.jbuild.registry.server.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One client's connection by HTTP/2 (RFC 9113). Each request is a [Stream], a channel of its own;
/// what is here concerns all of them. Runs on the connection's event loop.
@SuppressWarnings("FutureReturnValueIgnored")
final class Session extends ChannelInboundHandlerAdapter {
    /// What a client may send of a body before it has been taken, in bytes.
    private static final int STREAM_WINDOW = 1024 * 1024;

    /// The same for all streams together: one that isn't taken leaves room for others.
    private static final int CONNECTION_WINDOW = 4 * 1024 * 1024;

    private static final int PROTOCOL_WINDOW = 65_535;
    private static final WriteBufferWaterMark WRITE_AHEAD =
            new WriteBufferWaterMark(16 * 1024, 32 * 1024);

    /// Bounds for what a client can make the server do without asking for anything.
    private static final int FLOOD_SECONDS = 30;

    /// By the client, who may well lose interest in many answers.
    private static final int RESETS = 1000;

    /// By the server, for what the client did.
    private static final int ERRORS = 200;

    private static final int UNSENT_CONTROL_FRAMES = 1000;
    private static final int EMPTY_FRAMES = 2;
    private static final int SMALL_CONTINUATIONS = 16;

    /// How long the goodbye to a client that is idle or broke the protocol may take.
    private static final long GOODBYE_MILLIS = 3000;

    private static final Http2StreamFrameToHttpObjectCodec MESSAGES =
            new Http2StreamFrameToHttpObjectCodec(true);

    private final SocketChannel socket;
    private final Service service;
    private final Http2FrameCodec frames;
    private final Set<Http2StreamChannel> streams = new HashSet<>();
    private long idleSince = System.nanoTime();
    private @Nullable ScheduledFuture<?> look;
    private boolean closing;

    Session(SocketChannel socket, Service service) {
        this.socket = socket;
        this.service = service;
        this.frames = codec(service.limits());
    }

    /// Adds everything needed to the end of the pipeline of a connection that is active.
    void begin() {
        socket.pipeline()
                .addLast(new FrameMeter(this::calm, System::nanoTime))
                .addLast(frames)
                .addLast(
                        new Http2MultiplexHandler(
                                new ChannelInitializer<Http2StreamChannel>() {
                                    @Override
                                    protected void initChannel(Http2StreamChannel channel) {
                                        prepare(channel);
                                    }
                                }))
                .addLast(this);
        socket.writeAndFlush(
                new DefaultHttp2WindowUpdateFrame(CONNECTION_WINDOW - PROTOCOL_WINDOW));
        socket.config().setAutoRead(true); // flow control bounds what comes
        lookAfter(service.limits().request().toNanos());
    }

    private static Http2FrameCodec codec(HttpLimits limits) {
        Http2FrameCodec codec =
                Http2FrameCodecBuilder.forServer()
                        .initialSettings(
                                new Http2Settings()
                                        .maxConcurrentStreams(limits.streams())
                                        .initialWindowSize(STREAM_WINDOW)
                                        .maxHeaderListSize(limits.headers()))
                        .validateHeaders(true)
                        .validateRequiredPseudoHeaders(true)
                        .decoderEnforceMaxConsecutiveEmptyDataFrames(EMPTY_FRAMES)
                        .decoderEnforceMaxSmallContinuationFrames(SMALL_CONTINUATIONS)
                        .decoderEnforceMaxRstFramesPerWindow(RESETS, FLOOD_SECONDS)
                        .encoderEnforceMaxRstFramesPerWindow(ERRORS, FLOOD_SECONDS)
                        .encoderEnforceMaxQueuedControlFrames(UNSENT_CONTROL_FRAMES)
                        // No table of what was sent, the size of which the client would choose.
                        .headerSensitivityDetector(Http2HeadersEncoder.ALWAYS_SENSITIVE)
                        .gracefulShutdownTimeoutMillis(GOODBYE_MILLIS)
                        .build();
        return codec;
    }

    private void prepare(Http2StreamChannel channel) {
        streams.add(channel);
        channel.closeFuture().addListener(_ -> ended(channel));
        channel.config().setAutoRead(false).setWriteBufferWaterMark(WRITE_AHEAD);
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addLast(
                        new IdleStateHandler(
                                0, 0, service.limits().stall().toMillis(), TimeUnit.MILLISECONDS))
                .addLast(MESSAGES)
                .addLast(new ChunkedWriteHandler())
                .addLast(new Stream(channel, socket, service));
    }

    private void ended(Http2StreamChannel channel) {
        streams.remove(channel);
        if (streams.isEmpty()) {
            idleSince = System.nanoTime();
        }
    }

    /// Closes a connection that has been without a stream for too long.
    private void lookAfter(long nanos) {
        look = socket.eventLoop().schedule(this::look, nanos, TimeUnit.NANOSECONDS);
    }

    private void look() {
        if (!socket.isActive()) {
            return;
        }
        long allowed = service.limits().request().toNanos();
        long idle = System.nanoTime() - idleSince;
        if (!streams.isEmpty()) {
            lookAfter(allowed);
        } else if (idle < allowed) {
            lookAfter(allowed - idle);
        } else {
            socket.close();
        }
    }

    /// Streams of which something hasn't been read would wait for that, and the timer would keep
    /// all that belongs to the connection until it fires.
    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (look != null) {
            look.cancel(false);
        }
        List.copyOf(streams).forEach(Channel::close);
    }

    /// Refuses new streams and closes after the last, when the server stops.
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == Closing.WHEN_IDLE && !closing) {
            closing = true;
            frames.gracefulShutdownTimeoutMillis(-1); // who stops the server has its own patience
            socket.close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object frame) {
        ReferenceCountUtil.release(frame);
    }

    private void calm() {
        socket.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.ENHANCE_YOUR_CALM));
        cut(socket);
        flooded();
    }

    private void flooded() {
        InetSocketAddress remote = socket.remoteAddress();
        if (remote != null) {
            service.refusals().accept(new Refusal(Refusal.Reason.FLOOD, remote.getAddress()));
        }
    }

    /// What broke the protocol has been answered by the codec; a broken connection is gone.
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof Http2Exception broken
                && broken.error() == Http2Error.ENHANCE_YOUR_CALM) {
            flooded();
        }
    }

    /// Closes at once, whatever is under way: [Channel#close] lets streams end first.
    static void cut(Channel connection) {
        ChannelHandlerContext first = connection.pipeline().firstContext();
        if (first != null) { // else it has been closed and taken apart
            first.close();
        }
    }
}
