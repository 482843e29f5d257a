package dev.jbuild.registry.server.netty;

import dev.jbuild.registry.server.http.Body;
import dev.jbuild.registry.server.http.BodyInterruptedException;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A body on its way from the event loop, which offers, to the request's thread, which takes. Not
/// more than [#HIGH_WATER] bytes and one read wait in it. Owns the lock.
final class QueuedBody implements Body {
    private static final int HIGH_WATER = 256 * 1024;
    private static final int YIELD_AFTER = 1024 * 1024;

    private final OptionalLong length;
    private final Runnable onFirstUse;
    private final Runnable wantMore;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private boolean paused;
    private boolean used;
    private boolean ended;
    private boolean discarding;
    private @Nullable String interruption;

    /// @param onFirstUse called once, when the body is first asked for
    /// @param wantMore called after [#offer] returned false, when there is room again
    QueuedBody(OptionalLong length, Runnable onFirstUse, Runnable wantMore) {
        this.length = length;
        this.onFirstUse = onFirstUse;
        this.wantMore = wantMore;
    }

    @Override
    public OptionalLong length() {
        return length;
    }

    /// Takes over the buffer.
    ///
    /// @return whether there is room for more
    boolean offer(ByteBuf bytes) {
        lock.lock();
        try {
            if (discarding || interruption != null || !bytes.isReadable()) {
                bytes.release();
                return true;
            }
            waiting.add(bytes);
            waitingBytes += bytes.readableBytes();
            changed.signal();
            paused = waitingBytes >= HIGH_WATER;
            return !paused;
        } finally {
            lock.unlock();
        }
    }

    /// The last byte has been offered.
    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    boolean hasEnded() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /// Nobody will take the rest.
    ///
    /// @return whether the event loop was waiting for room
    boolean discard() {
        lock.lock();
        try {
            discarding = true;
            releaseAll();
            boolean wasPaused = paused;
            paused = false;
            return wasPaused;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void cancel(String reason) {
        lock.lock();
        try {
            if (!ended && interruption == null) {
                interruption = reason;
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /// As [#cancel], unless it is the taker who is slow.
    void cancelIfStarved(String reason) {
        lock.lock();
        try {
            if (waiting.isEmpty()) {
                cancel(reason);
            }
        } finally {
            lock.unlock();
        }
    }

    // A fast upload never waits, and a virtual thread gives its carrier to others only if asked to.
    @SuppressWarnings("ThreadPriorityCheck")
    @Override
    public void transferTo(Sink sink) throws IOException, InterruptedException {
        if (!used) {
            used = true;
            onFirstUse.run();
        }
        long sinceYield = 0;
        for (ByteBuf piece = take(); piece != null; piece = take()) {
            try {
                sinceYield += piece.readableBytes();
                sink.accept(piece.nioBuffer());
            } finally {
                piece.release();
            }
            if (sinceYield >= YIELD_AFTER) {
                Thread.yield();
                sinceYield = 0;
            }
        }
    }

    private @Nullable ByteBuf take() throws BodyInterruptedException, InterruptedException {
        boolean resume = false;
        ByteBuf piece;
        lock.lockInterruptibly();
        try {
            while (waiting.isEmpty() && !ended && interruption == null) {
                changed.await();
            }
            piece = waiting.poll();
            if (piece == null && interruption != null) {
                throw new BodyInterruptedException(interruption);
            }
            if (piece != null) {
                waitingBytes -= piece.readableBytes();
                if (paused && waitingBytes < HIGH_WATER / 2) {
                    paused = false;
                    resume = true;
                }
            }
        } finally {
            lock.unlock();
        }
        if (resume) {
            wantMore.run();
        }
        return piece;
    }

    private void releaseAll() {
        waiting.forEach(ByteBuf::release);
        waiting.clear();
        waitingBytes = 0;
    }
}
