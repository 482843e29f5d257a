package dev.jbuild.registry.server.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.util.function.LongSupplier;

/// Counts what a client makes the server do by frames of HTTP/2 that ask for nothing (RFC 9113,
/// 10.5): PRIORITY, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION, DATA without content, and frames
/// of types that nobody knows. A client has a credit of them, which grows with time, with the
/// requests that it makes, and with what it is sent, for that has to be acknowledged. It reads the
/// frames' heads alone, before anybody else, so that frames about streams that are gone count, too.
final class FrameMeter extends ChannelDuplexHandler {
    /// At first, and for each [#SECONDS].
    static final int FREE = 1000;

    private static final int SECONDS = 30;
    private static final long MOST = 10L * FREE;
    private static final int FOR_A_REQUEST = 4;

    /// There are clients that acknowledge each 4 KiB twice.
    private static final int SENT_FOR_ONE = 1024;

    private static final int PREFACE = 24;
    private static final int HEAD = 9;
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int END_STREAM = 1;

    private final Runnable flood;
    private final LongSupplier nanos;
    private final byte[] head = new byte[HEAD];
    private int headBytes;
    private int toSkip = PREFACE;
    private long credit = FREE;
    private long sent;
    private long refilled;
    private boolean flooded;

    /// @param flood told once, when there is no credit any more; nothing is read from then on
    FrameMeter(Runnable flood, LongSupplier nanos) {
        this.flood = flood;
        this.nanos = nanos;
        this.refilled = nanos.getAsLong();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (message instanceof ByteBuf bytes && !flooded) {
            meter(bytes);
            if (flooded) {
                flood.run();
            }
        }
        if (flooded) {
            ReferenceCountUtil.release(message);
        } else {
            super.channelRead(context, message);
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
            throws Exception {
        if (message instanceof ByteBuf bytes) {
            sent += bytes.readableBytes();
        }
        super.write(context, message, promise);
    }

    private void meter(ByteBuf bytes) {
        int at = bytes.readerIndex();
        while (at < bytes.writerIndex() && !flooded) {
            if (toSkip > 0) {
                int skipped = Math.min(toSkip, bytes.writerIndex() - at);
                toSkip -= skipped;
                at += skipped;
                continue;
            }
            head[headBytes++] = bytes.getByte(at++);
            if (headBytes == HEAD) {
                headBytes = 0;
                toSkip = (head[0] & 255) << 16 | (head[1] & 255) << 8 | (head[2] & 255);
                count(head[3] & 255, head[4]);
            }
        }
    }

    private void count(int type, int flags) {
        if (type == HEADERS) {
            credit = Math.min(MOST, credit + FOR_A_REQUEST);
        } else if (asksForNothing(type, flags) && credit-- <= 0) {
            refill();
            flooded = credit-- <= 0;
        }
    }

    /// Resets have a bound of their own.
    private boolean asksForNothing(int type, int flags) {
        return switch (type) {
            case DATA -> toSkip == 0 && (flags & END_STREAM) == 0;
            case RST_STREAM -> false;
            default -> true;
        };
    }

    private void refill() {
        long now = nanos.getAsLong();
        long forTime = (now - refilled) / (SECONDS * 1_000_000_000L / FREE);
        credit = Math.min(MOST, Math.max(0, credit) + forTime + sent / SENT_FOR_ONE);
        sent %= SENT_FOR_ONE;
        refilled = now;
    }
}
