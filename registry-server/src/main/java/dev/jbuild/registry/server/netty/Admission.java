package dev.jbuild.registry.server.netty;

import dev.jbuild.registry.server.http.Peer;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// Lets connections in while there is room, and closes others at once. In the pipeline of the
/// listener, whose event loop alone lets in; connections leave on their own loops.
final class Admission extends ChannelInboundHandlerAdapter {
    private final ConnectionLimits limits;
    private final int most;
    private final Consumer<Refusal> refusals;
    private final AtomicInteger open = new AtomicInteger();
    private final Map<String, Integer> byNetwork = new ConcurrentHashMap<>();

    Admission(ConnectionLimits limits, Consumer<Refusal> refusals) {
        this.limits = limits;
        this.most = (int) Math.min(limits.most(), Math.max(1, OpenFiles.most() / 2));
        this.refusals = refusals;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) throws Exception {
        if (!(accepted instanceof SocketChannel connection) || admits(connection)) {
            super.channelRead(context, accepted);
        }
    }

    private boolean admits(SocketChannel connection) {
        InetSocketAddress remote = connection.remoteAddress();
        if (remote == null) { // gone already
            connection.unsafe().closeForcibly();
            return false;
        }
        InetAddress address = remote.getAddress();
        if (open.get() >= most) {
            refuse(connection, new Refusal(Refusal.Reason.ALL, address));
            return false;
        }
        if (limits.unlimited().test(address)) {
            open.incrementAndGet();
            connection.closeFuture().addListener(_ -> open.decrementAndGet());
            return true;
        }
        String network = Peer.network(address);
        if (byNetwork.getOrDefault(network, 0) >= limits.perAddress()) {
            refuse(connection, new Refusal(Refusal.Reason.ADDRESS, address));
            return false;
        }
        open.incrementAndGet();
        byNetwork.merge(network, 1, Integer::sum);
        connection.closeFuture().addListener(_ -> left(network));
        return true;
    }

    private void left(String network) {
        open.decrementAndGet();
        byNetwork.computeIfPresent(network, (_, count) -> count == 1 ? null : count - 1);
    }

    /// By a reset: it leaves nothing behind here.
    private void refuse(SocketChannel connection, Refusal refusal) {
        connection.config().setSoLinger(0);
        connection.unsafe().closeForcibly();
        refusals.accept(refusal);
    }
}
