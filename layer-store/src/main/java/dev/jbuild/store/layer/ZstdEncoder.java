package dev.jbuild.store.layer;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import com.github.luben.zstd.util.ZstdVersion;
import dev.jbuild.store.BlobWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// One zstd frame (RFC 8878) by libzstd, which is loaded with the first block and brings its own
/// threads. How it cuts its jobs depends on the level, not on the number of workers, as long as
/// there is one (zstd.h, "ZSTD_c_nbWorkers").
final class ZstdEncoder implements LayerEncoder {
    private static final int MAX_WORKERS = 4;

    private final int level;
    private @Nullable ZstdOutputStreamNoFinalizer frame;

    ZstdEncoder(int level) {
        this.level = level;
    }

    @Override
    public String description() {
        return description(level);
    }

    static String description(int level) {
        return "zstd-jni/" + ZstdVersion.VERSION + " level=" + level;
    }

    @Override
    public void compress(Block block) {}

    @Override
    public void append(Block block, BlobWriter out) throws IOException {
        frame(out).write(block.input, 0, block.length);
    }

    @Override
    public void finish(long crc32, long size, BlobWriter out) throws IOException {
        frame(out).close();
    }

    @Override
    public void close() throws IOException {
        if (frame != null) {
            frame.close();
        }
    }

    private ZstdOutputStreamNoFinalizer frame(BlobWriter out) throws IOException {
        if (frame == null) {
            frame = new ZstdOutputStreamNoFinalizer(new BlobStream(out), level);
            frame.setWorkers(Math.min(MAX_WORKERS, Runtime.getRuntime().availableProcessors()));
        }
        return frame;
    }

    private static final class BlobStream extends OutputStream {
        private final BlobWriter out;

        BlobStream(BlobWriter out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            out.write(ByteBuffer.wrap(new byte[] {(byte) b}));
        }

        @Override
        public void write(byte[] bytes, int off, int len) throws IOException {
            out.write(ByteBuffer.wrap(bytes, off, len));
        }
    }
}
