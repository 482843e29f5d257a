package dev.jbuild.store.layer;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// The system's ISA-L (igzip_lib.h, version 2): the fastest, and its bytes differ from build to
/// build of the library. Used by one thread.
final class IsalDeflater implements BlockDeflater {
    private static final int VERSION = 1;

    /// The part of `struct isal_zstream` that callers set; what follows is the library's own.
    private static final MemoryLayout STREAM =
            MemoryLayout.structLayout(
                    ValueLayout.ADDRESS.withName("next_in"),
                    ValueLayout.JAVA_INT.withName("avail_in"),
                    ValueLayout.JAVA_INT.withName("total_in"),
                    ValueLayout.ADDRESS.withName("next_out"),
                    ValueLayout.JAVA_INT.withName("avail_out"),
                    ValueLayout.JAVA_INT.withName("total_out"),
                    ValueLayout.ADDRESS.withName("hufftables"),
                    ValueLayout.JAVA_INT.withName("level"),
                    ValueLayout.JAVA_INT.withName("level_buf_size"),
                    ValueLayout.ADDRESS.withName("level_buf"),
                    ValueLayout.JAVA_SHORT.withName("end_of_stream"),
                    ValueLayout.JAVA_SHORT.withName("flush"));

    private static final VarHandle NEXT_IN = field("next_in");
    private static final VarHandle AVAIL_IN = field("avail_in");
    private static final VarHandle NEXT_OUT = field("next_out");
    private static final VarHandle AVAIL_OUT = field("avail_out");
    private static final VarHandle TOTAL_OUT = field("total_out");
    private static final VarHandle LEVEL = field("level");
    private static final VarHandle LEVEL_BUFFER_SIZE = field("level_buf_size");
    private static final VarHandle LEVEL_BUFFER = field("level_buf");
    private static final VarHandle END_OF_STREAM = field("end_of_stream");
    private static final VarHandle FLUSH = field("flush");

    /// 82,384 bytes in version 2.30.
    private static final long WHOLE_STREAM = 1 << 18;

    /// More than any level's ISAL_DEF_LVL3_EXTRA_LARGE, 348,160 bytes in version 2.30.
    private static final int LEVEL_BUFFER_BYTES = 1 << 19;

    /// Ends at a whole byte and forgets what was before.
    private static final short FULL_FLUSH = 2;

    private final Library library = Library.load();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment stream = arena.allocate(WHOLE_STREAM, 64);
    private final MemorySegment levelBuffer = arena.allocate(LEVEL_BUFFER_BYTES, 64);
    private final MemorySegment in = arena.allocate(Block.SIZE);
    private final MemorySegment out = arena.allocate(Block.SIZE + Block.SIZE / 8);
    private final int level;

    IsalDeflater(int level) {
        this.level = level;
    }

    /// The library doesn't tell its version; the same description may give other bytes elsewhere.
    static String description(int level) {
        return "isal/" + VERSION + " level=" + level;
    }

    @Override
    public void compress(Block block) {
        MemorySegment.copy(block.input, 0, in, ValueLayout.JAVA_BYTE, 0, block.length);
        library.init(stream);
        LEVEL.set(stream, 0L, level);
        LEVEL_BUFFER.set(stream, 0L, levelBuffer);
        LEVEL_BUFFER_SIZE.set(stream, 0L, LEVEL_BUFFER_BYTES);
        NEXT_IN.set(stream, 0L, in);
        AVAIL_IN.set(stream, 0L, block.length);
        NEXT_OUT.set(stream, 0L, out);
        AVAIL_OUT.set(stream, 0L, (int) out.byteSize());
        END_OF_STREAM.set(stream, 0L, (short) (block.last ? 1 : 0));
        FLUSH.set(stream, 0L, block.last ? (short) 0 : FULL_FLUSH);
        int result = library.deflate(stream);
        boolean whole = (int) AVAIL_IN.get(stream, 0L) == 0 && (int) AVAIL_OUT.get(stream, 0L) > 0;
        if (result != 0 || !whole) {
            throw new IllegalStateException("isal_deflate: " + result + (whole ? "" : ", no room"));
        }
        int length = (int) TOTAL_OUT.get(stream, 0L);
        MemorySegment.copy(out, ValueLayout.JAVA_BYTE, 0, block.output(length), 0, length);
        block.outputLength = length;
    }

    @Override
    public void close() {
        arena.close();
    }

    private static VarHandle field(String name) {
        return STREAM.varHandle(PathElement.groupElement(name));
    }

    private record Library(CLibrary library, MethodHandle init, MethodHandle deflate) {
        static Library load() {
            CLibrary isal = CLibrary.open("libisal.so.2", "gzip:isal", "libisal2");
            ValueLayout address = ValueLayout.ADDRESS;
            return new Library(
                    isal,
                    isal.function("isal_deflate_init", FunctionDescriptor.ofVoid(address)),
                    isal.function(
                            "isal_deflate", FunctionDescriptor.of(ValueLayout.JAVA_INT, address)));
        }

        void init(MemorySegment stream) {
            try {
                init.invokeExact(stream);
            } catch (Throwable e) {
                throw library.failed(e);
            }
        }

        int deflate(MemorySegment stream) {
            try {
                return (int) deflate.invokeExact(stream);
            } catch (Throwable e) {
                throw library.failed(e);
            }
        }
    }
}
