package dev.jbuild.builder.exec;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Cuts a stream of bytes into lines. Not thread-safe.
final class LineDecoder {
    static final int LONGEST = 16 << 10;

    private final OutputSink sink;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    LineDecoder(OutputSink sink) {
        this.sink = sink;
    }

    void write(byte[] bytes, int length) {
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (bytes[i] == '\n') {
                line.write(bytes, start, i - start);
                emit(line.size());
                start = i + 1;
            } else if (line.size() + (i - start) >= LONGEST && isStart(bytes[i])) {
                line.write(bytes, start, i - start);
                emit(line.size());
                start = i;
            }
        }
        line.write(bytes, start, length - start);
    }

    /// Gives the last line, if it has no end.
    void flush() {
        if (line.size() > 0) {
            emit(line.size());
        }
    }

    /// A piece of a long line ends before the first byte of a character; but bytes that are no
    /// UTF-8 don't make it longer without end.
    private boolean isStart(byte b) {
        return (b & 0xC0) != 0x80 || line.size() >= 2 * LONGEST;
    }

    private void emit(int size) {
        byte[] bytes = line.toByteArray();
        line.reset();
        int length = size > 0 && bytes[size - 1] == '\r' ? size - 1 : size;
        sink.line(new String(bytes, 0, length, StandardCharsets.UTF_8));
    }
}
