package dev.jbuild.store.layer;

import dev.jbuild.store.BlobWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// The system's libdeflate (libdeflate.h): one gzip member (RFC 1952, section 2.2) a block, as it
/// compresses whole buffers only. Readers take members that follow each other as one stream.
final class LibdeflateEncoder implements LayerEncoder {
    private static final int VERSION = 1;
    private static final String LIBRARY = "libdeflate.so.0";

    private final int level;
    private final Library library = Library.load();
    private final Queue<Compressor> idle = new ConcurrentLinkedQueue<>();

    LibdeflateEncoder(int level) {
        this.level = level;
    }

    /// The library doesn't tell its version; the same description may give other bytes elsewhere.
    @Override
    public String description() {
        return description(level);
    }

    static String description(int level) {
        return "libdeflate/" + VERSION + " level=" + level;
    }

    @Override
    public void compress(Block block) {
        Compressor compressor = idle.poll();
        if (compressor == null) {
            compressor = new Compressor(library, level);
        }
        try {
            compressor.compress(block);
        } finally {
            idle.add(compressor);
        }
    }

    @Override
    public void append(Block block, BlobWriter out) throws IOException {
        out.write(ByteBuffer.wrap(block.output, 0, block.outputLength));
    }

    @Override
    public void finish(long crc32, long size, BlobWriter out) {}

    @Override
    public void close() {
        for (Compressor one = idle.poll(); one != null; one = idle.poll()) {
            one.free();
        }
    }

    /// One of the library's compressors, with memory for a block and what it becomes.
    private static final class Compressor {
        private final Library library;
        private final Arena arena = Arena.ofShared();
        private final MemorySegment compressor;
        private final MemorySegment in;
        private final MemorySegment out;

        Compressor(Library library, int level) {
            this.library = library;
            this.compressor = library.allocCompressor(level);
            this.in = arena.allocate(Block.SIZE);
            this.out = arena.allocate(library.bound(compressor, Block.SIZE));
        }

        void compress(Block block) {
            MemorySegment.copy(block.input, 0, in, ValueLayout.JAVA_BYTE, 0, block.length);
            int length = (int) library.compress(compressor, in, block.length, out);
            if (length == 0) {
                throw new IllegalStateException("libdeflate: no room for a compressed block");
            }
            MemorySegment.copy(out, ValueLayout.JAVA_BYTE, 0, block.output(length), 0, length);
            block.outputLength = length;
        }

        void free() {
            library.freeCompressor(compressor);
            arena.close();
        }
    }

    private record Library(
            CLibrary library,
            MethodHandle alloc,
            MethodHandle bound,
            MethodHandle compress,
            MethodHandle free) {
        static Library load() {
            CLibrary library = CLibrary.open(LIBRARY, "gzip:libdeflate", "libdeflate0");
            ValueLayout address = ValueLayout.ADDRESS;
            ValueLayout size = ValueLayout.JAVA_LONG;
            return new Library(
                    library,
                    library.function(
                            "libdeflate_alloc_compressor",
                            FunctionDescriptor.of(address, ValueLayout.JAVA_INT)),
                    library.function(
                            "libdeflate_gzip_compress_bound",
                            FunctionDescriptor.of(size, address, size)),
                    library.function(
                            "libdeflate_gzip_compress",
                            FunctionDescriptor.of(size, address, address, size, address, size)),
                    library.function(
                            "libdeflate_free_compressor", FunctionDescriptor.ofVoid(address)));
        }

        MemorySegment allocCompressor(int level) {
            try {
                MemorySegment compressor = (MemorySegment) alloc.invokeExact(level);
                if (compressor.equals(MemorySegment.NULL)) {
                    throw new OutOfMemoryError("libdeflate_alloc_compressor");
                }
                return compressor;
            } catch (Throwable e) {
                throw library.failed(e);
            }
        }

        long bound(MemorySegment compressor, long length) {
            try {
                return (long) bound.invokeExact(compressor, length);
            } catch (Throwable e) {
                throw library.failed(e);
            }
        }

        long compress(MemorySegment compressor, MemorySegment in, long length, MemorySegment out) {
            try {
                return (long) compress.invokeExact(compressor, in, length, out, out.byteSize());
            } catch (Throwable e) {
                throw library.failed(e);
            }
        }

        void freeCompressor(MemorySegment compressor) {
            try {
                free.invokeExact(compressor);
            } catch (Throwable e) {
                throw library.failed(e);
            }
        }
    }
}
