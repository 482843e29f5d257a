package dev.jbuild.store.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadAheadTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1 << 18, (1 << 18) + 1, 3_000_000})
    void bytes_come_in_order_to_the_end(int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        try (ReadAhead in = new ReadAhead(new ByteArrayInputStream(bytes), "test")) {
            assertArrayEquals(bytes, in.readAllBytes());
            assertEquals(-1, in.read());
        }
    }

    @Test
    void failure_comes_where_it_happened() throws IOException {
        InputStream failing =
                new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("disk on fire");
                    }

                    @Override
                    public int read(byte[] bytes, int off, int len) throws IOException {
                        throw new IOException("disk on fire");
                    }
                };
        try (ReadAhead in =
                new ReadAhead(
                        new SequenceInputStream(
                                new ByteArrayInputStream(new byte[1 << 18]), failing),
                        "test")) {
            assertEquals(1 << 18, in.readNBytes(1 << 18).length);
            IOException e = assertThrows(IOException.class, () -> in.read());
            assertEquals("disk on fire", e.getMessage());
        }
    }

    @Test
    void closing_early_stops_the_thread_and_closes_the_stream() throws IOException {
        AtomicBoolean closed = new AtomicBoolean();
        InputStream endless =
                new InputStream() {
                    @Override
                    public int read() {
                        return 0;
                    }

                    @Override
                    public int read(byte[] bytes, int off, int len) {
                        return len;
                    }

                    @Override
                    public void close() {
                        closed.set(true);
                    }
                };
        ReadAhead in = new ReadAhead(endless, "test");
        assertEquals(0, in.read());
        in.close();
        assertTrue(closed.get());
    }
}
