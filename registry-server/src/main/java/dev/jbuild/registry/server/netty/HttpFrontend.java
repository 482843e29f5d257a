package dev.jbuild.registry.server.netty;

import dev.jbuild.registry.server.http.Exchange;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Serves an [Exchange] over HTTP/1.1 or, encrypted, over what the client chooses of HTTP/2 and
/// 1.1. Where a write or a close fails, the connection is gone, which is noticed elsewhere.
@SuppressWarnings("FutureReturnValueIgnored")
public final class HttpFrontend {
    private static final int BACKLOG = 1024;
    private static final int LARGEST_READ = 128 * 1024;

    private final Service service;
    private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
    private final @Nullable Tls tls;
    private final EventLoopGroup loops;
    private final Channel listener;

    /// Listens and answers from now on.
    ///
    /// @param encryption empty: plain http
    /// @param refusals told of connections that are not let in, or ended for what the client did
    /// @param failures told of responses that could not be sent for want of their content
    /// @throws java.net.BindException if the address is in use or not one of this machine's
    /// @throws TlsException if certificate or key can't be used
    public HttpFrontend(
            InetSocketAddress listen,
            Optional<TlsConfig> encryption,
            Exchange exchange,
            HttpLimits limits,
            Consumer<Refusal> refusals,
            Consumer<Exception> failures)
            throws IOException, InterruptedException {
        this.service = new Service(exchange, limits, refusals, failures);
        this.tls = encryption.isPresent() ? new Tls(encryption.get(), failures) : null;
        loops =
                new MultiThreadIoEventLoopGroup(
                        Math.min(4, Runtime.getRuntime().availableProcessors()),
                        NioIoHandler.newFactory());
        ChannelFuture bound = bootstrap().bind(listen).await();
        if (!bound.isSuccess()) {
            closeTls();
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw asIoException(bound.cause());
        }
        listener = bound.channel();
    }

    /// Where it listens, with the port that was chosen if 0 was asked for.
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /// How many connections are open.
    public int connections() {
        return connections.size();
    }

    /// Stops listening, lets requests under way end, then closes every connection.
    ///
    /// @param patience after which requests still under way are cut off
    /// @return whether all of them ended in time
    public boolean drain(Duration patience) throws InterruptedException {
        closeTls();
        boolean ended;
        try {
            listener.close().await();
            long deadline = System.nanoTime() + patience.toNanos();
            while (!connections.isEmpty() && System.nanoTime() < deadline) {
                // again and again, for some were accepted just now
                connections.forEach(
                        channel -> channel.pipeline().fireUserEventTriggered(Closing.WHEN_IDLE));
                Thread.sleep(5);
            }
            ended = connections.isEmpty();
            connections.forEach(Session::cut);
        } finally {
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS);
        }
        loops.terminationFuture().await();
        return ended;
    }

    private void closeTls() {
        if (tls != null) {
            tls.close();
        }
    }

    private ServerBootstrap bootstrap() {
        return new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(512, 4096, LARGEST_READ))
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(32 * 1024, 128 * 1024))
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, false)
                .handler(new Admission(service.limits().connections(), service.refusals()))
                .childHandler(
                        new ChannelInitializer<SocketChannel>() {
                            @Override
                            protected void initChannel(SocketChannel channel) {
                                prepare(channel);
                            }
                        });
    }

    private void prepare(SocketChannel channel) {
        connections.add(channel);
        channel.closeFuture().addListener(_ -> connections.remove(channel));
        if (tls == null) {
            prepareHttp1(channel);
            return;
        }
        channel.pipeline()
                .addLast(tls.handler(channel))
                .addLast(
                        new Negotiation(
                                () -> prepareHttp1(channel).awaitRequest(),
                                () -> new Session(channel, service).begin()));
    }

    private Connection prepareHttp1(SocketChannel channel) {
        Connection connection = new Connection(channel, service, tls != null);
        HttpLimits limits = service.limits();
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addFirst(
                        new IdleStateHandler(
                                true, 0, 0, limits.stall().toMillis(), TimeUnit.MILLISECONDS))
                .addLast(new StrictRequestDecoder(limits));
        if (tls != null) {
            pipeline.addLast(new ChunkedWriteHandler());
        }
        pipeline.addLast(connection);
        return connection;
    }

    private static IOException asIoException(Throwable cause) {
        return cause instanceof IOException known ? known : new IOException(cause);
    }
}
