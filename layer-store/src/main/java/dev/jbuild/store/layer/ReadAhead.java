package dev.jbuild.store.layer;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/// Reads a stream on a thread of its own, a few chunks ahead, so that what it takes to make the
/// bytes overlaps with what is done with them. Used by one thread.
final class ReadAhead extends InputStream {
    private static final int CHUNK = 1 << 18;
    private static final int CHUNKS = 4;

    private static final class Chunk {
        final byte[] bytes;

        /// 0 at the end of the stream.
        final int length;

        /// What ended the stream, or null.
        final @Nullable IOException failure;

        Chunk(byte[] bytes, int length, @Nullable IOException failure) {
            this.bytes = bytes;
            this.length = length;
            this.failure = failure;
        }
    }

    private final InputStream in;
    private final BlockingQueue<Chunk> filled = new ArrayBlockingQueue<>(CHUNKS);
    private final BlockingQueue<byte[]> free = new ArrayBlockingQueue<>(CHUNKS);
    private final Thread reader;
    private Chunk current = new Chunk(new byte[0], 0, null);
    private int position;
    private boolean ended;

    /// @param in read by another thread from now on; closed with this
    ReadAhead(InputStream in, String threadName) {
        this.in = in;
        for (int i = 0; i < CHUNKS - 1; i++) {
            free.add(new byte[CHUNK]);
        }
        this.reader = Thread.ofPlatform().daemon().name(threadName).start(this::readAll);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int off, int len) throws IOException {
        if (len == 0) {
            return 0;
        }
        if (position == current.length && !advance()) {
            return -1;
        }
        int count = Math.min(len, current.length - position);
        System.arraycopy(current.bytes, position, bytes, off, count);
        position += count;
        return count;
    }

    @Override
    public int available() {
        return current.length - position;
    }

    @Override
    public void close() throws IOException {
        reader.interrupt();
        boolean interrupted = false;
        while (reader.isAlive()) {
            try {
                reader.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        in.close();
    }

    private boolean advance() throws IOException {
        if (ended) {
            return false;
        }
        try {
            if (current.length > 0) {
                free.put(current.bytes);
            }
            current = filled.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException told = new InterruptedIOException("interrupted while reading");
            told.initCause(e);
            throw told;
        }
        position = 0;
        ended = current.length == 0;
        IOException failure = current.failure;
        if (failure != null) {
            throw failure;
        }
        return !ended;
    }

    private void readAll() {
        try {
            int count = 1;
            while (count > 0) {
                byte[] bytes = free.take();
                Chunk chunk = readChunk(bytes);
                count = chunk.length;
                filled.put(chunk);
            }
        } catch (InterruptedException e) {
            // closed: nobody waits for more
            Thread.currentThread().interrupt();
        }
    }

    private Chunk readChunk(byte[] bytes) {
        try {
            return new Chunk(bytes, in.readNBytes(bytes, 0, bytes.length), null);
        } catch (IOException e) {
            return new Chunk(bytes, 0, e);
        } catch (RuntimeException | Error e) {
            return new Chunk(bytes, 0, new IOException("reading ahead: " + e, e));
        }
    }
}
