package dev.jbuild.registry.server.netty;

import static dev.jbuild.registry.server.netty.Http2Wire.DATA;
import static dev.jbuild.registry.server.netty.Http2Wire.END_HEADERS;
import static dev.jbuild.registry.server.netty.Http2Wire.END_STREAM;
import static dev.jbuild.registry.server.netty.Http2Wire.HEADERS;
import static dev.jbuild.registry.server.netty.Http2Wire.PING;
import static dev.jbuild.registry.server.netty.Http2Wire.WINDOW_UPDATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FrameMeterTest {
    private long nanos;
    private boolean flooded;
    private final EmbeddedChannel channel =
            new EmbeddedChannel(new FrameMeter(() -> flooded = true, () -> nanos));

    @BeforeEach
    void begin() {
        channel.writeInbound(Unpooled.buffer().writeZero(24));
    }

    @AfterEach
    void end() {
        channel.finishAndReleaseAll();
    }

    private static ByteBuf frame(int type, int flags, int length) {
        return Unpooled.buffer()
                .writeMedium(length)
                .writeByte(type)
                .writeByte(flags)
                .writeInt(1)
                .writeZero(length);
    }

    private void take(int type, int flags, int length) {
        channel.writeInbound(frame(type, flags, length));
    }

    private int untilFlooded(int most) {
        int count = 0;
        while (!flooded && count < most) {
            take(PING, 0, 8);
            count++;
        }
        return count;
    }

    @Test
    void a_thousand_frames_that_ask_for_nothing_are_free() {
        assertEquals(FrameMeter.FREE + 1, untilFlooded(5000));
    }

    @Test
    void heads_may_come_byte_by_byte() {
        for (int i = 0; !flooded && i < 5000; i++) {
            ByteBuf frame = frame(PING, 0, 8);
            while (frame.isReadable()) {
                channel.writeInbound(frame.readRetainedSlice(1));
            }
            frame.release();
            assertEquals(i >= FrameMeter.FREE, flooded);
        }
    }

    @Test
    void nothing_is_read_after_a_flood() {
        untilFlooded(5000);
        channel.releaseInbound();
        take(PING, 0, 8);
        assertNull(channel.readInbound());
    }

    @Test
    void time_gives_them_back() {
        assertEquals(900, untilFlooded(900));
        nanos += 30_000_000_000L;
        assertEquals(1101, untilFlooded(5000));
    }

    @Test
    void time_saves_up_no_more_than_ten_times_as_many() {
        nanos += 30_000_000_000_000L;
        int count = untilFlooded(50_000);
        assertTrue(count <= 11 * FrameMeter.FREE + 2, "" + count);
    }

    @Test
    void a_download_may_be_acknowledged_each_4_kib_twice() {
        for (int i = 0; i < 25_000; i++) {
            channel.writeOutbound(Unpooled.wrappedBuffer(new byte[4096]));
            channel.releaseOutbound();
            take(WINDOW_UPDATE, 0, 4);
            take(WINDOW_UPDATE, 0, 4);
            channel.releaseInbound();
        }
        assertFalse(flooded);
    }

    @Test
    void each_request_may_have_four_of_them() {
        for (int i = 0; i < 5000; i++) {
            take(HEADERS, END_HEADERS | END_STREAM, 100);
            for (int k = 0; k < 4; k++) {
                take(WINDOW_UPDATE, 0, 4);
            }
        }
        assertFalse(flooded);
    }

    @Test
    void data_counts_only_if_there_is_none_in_it() {
        for (int i = 0; i < 5000; i++) {
            take(DATA, 0, 1);
            take(DATA, END_STREAM, 0);
        }
        assertFalse(flooded);
        for (int i = 0; i <= FrameMeter.FREE; i++) {
            take(DATA, 0, 0);
        }
        assertTrue(flooded);
    }
}
