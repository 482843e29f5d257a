package dev.jbuild.store.layer;

import dev.jbuild.store.TempSpace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Blocks between the one who hashes them and those who compress them, in order. A few are kept in
/// memory; more wait in a temporary file, if there may be one, or hold up who brings them. Safe for
/// use by one thread at each end.
final class Backlog implements AutoCloseable {
    private final int inMemory;
    private final Optional<TempSpace> temp;
    private final Deque<Block> kept = new ArrayDeque<>();
    private final Deque<Spilled> spilled = new ArrayDeque<>();
    private @Nullable FileChannel file;
    private long end;
    private boolean closed;

    /// A block's bytes in the file.
    private record Spilled(long offset, int length, boolean last) {}

    /// @param inMemory how many blocks wait there at most
    /// @param temp where more may wait
    Backlog(int inMemory, Optional<TempSpace> temp) {
        this.inMemory = inMemory;
        this.temp = temp;
    }

    /// Adds a block, which belongs to this or the pool then.
    synchronized void put(Block block, BlockPool pool) throws IOException, InterruptedException {
        while (temp.isEmpty() && kept.size() >= inMemory && !closed) {
            wait();
        }
        if (closed) {
            pool.give(block);
        } else if (spilled.isEmpty() && kept.size() < inMemory) {
            kept.addLast(block);
        } else {
            Spilled where = new Spilled(end, block.length, block.last);
            write(block, temp.orElseThrow());
            spilled.addLast(where);
            pool.give(block);
        }
        notifyAll();
    }

    /// Waits for the next block.
    ///
    /// @return null once this is closed
    @Nullable Block take(BlockPool pool) throws IOException, InterruptedException {
        Spilled next;
        synchronized (this) {
            while (kept.isEmpty() && spilled.isEmpty() && !closed) {
                wait();
            }
            if (closed) {
                return null;
            }
            if (!kept.isEmpty()) {
                notifyAll();
                return kept.removeFirst();
            }
            next = spilled.getFirst();
        }
        Block block = pool.take();
        read(next, block);
        synchronized (this) {
            spilled.removeFirst();
            if (spilled.isEmpty()) {
                end = 0;
            }
        }
        return block;
    }

    private void write(Block block, TempSpace space) throws IOException {
        FileChannel out = file;
        if (out == null) {
            Path path = space.next("tar");
            out =
                    FileChannel.open(
                            path,
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.DELETE_ON_CLOSE);
            file = out;
        }
        ByteBuffer bytes = ByteBuffer.wrap(block.input, 0, block.length);
        while (bytes.hasRemaining()) {
            end += out.write(bytes, end);
        }
    }

    private void read(Spilled from, Block block) throws IOException {
        FileChannel in;
        synchronized (this) {
            in = file;
        }
        if (in == null) {
            throw new IOException("the file of waiting blocks is closed");
        }
        ByteBuffer bytes = ByteBuffer.wrap(block.input, 0, from.length());
        while (bytes.hasRemaining()) {
            if (in.read(bytes, from.offset() + bytes.position()) < 0) {
                throw new IOException("the file of waiting blocks was cut off");
            }
        }
        block.length = from.length();
        block.last = from.last();
    }

    /// Lets go who waits; what is in it is dropped, as is all that comes.
    synchronized void stop() {
        closed = true;
        notifyAll();
    }

    @Override
    public synchronized void close() throws IOException {
        stop();
        if (file != null) {
            file.close();
            file = null;
        }
    }
}
