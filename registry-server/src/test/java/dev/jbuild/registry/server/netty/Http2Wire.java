package dev.jbuild.registry.server.netty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// A connection on which a test says every HTTP/2 frame itself (RFC 9113, 6).
final class Http2Wire implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;
    static final int UNKNOWN = 99;

    static final int END_STREAM = 1;
    static final int ACK = 1;
    static final int END_HEADERS = 4;

    static final int NO_ERROR = 0;
    static final int PROTOCOL_ERROR = 1;
    static final int REFUSED_STREAM = 7;
    static final int CANCEL = 8;
    static final int ENHANCE_YOUR_CALM = 11;

    static final byte[] NOTHING = {};

    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    private final SSLSocket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final DefaultHttp2HeadersDecoder headers = new DefaultHttp2HeadersDecoder(false);

    private Frame serverSettings = new Frame(SETTINGS, 0, 0, NOTHING);
    private String goodbye = "without a word";

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Frame(int type, int flags, int stream, byte[] payload) {
        boolean has(int flag) {
            return (flags & flag) != 0;
        }

        /// Of `RST_STREAM` and `GOAWAY`.
        int error() {
            return ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
        }
    }

    /// Connects and agrees on HTTP/2, but says nothing yet.
    Http2Wire(InetSocketAddress server, SSLContext tls) throws IOException {
        socket = (SSLSocket) tls.getSocketFactory().createSocket("localhost", server.getPort());
        socket.setSoTimeout(20_000);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        if (!socket.getApplicationProtocol().equals("h2")) {
            throw new IOException("the server doesn't speak h2");
        }
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
    }

    /// Sends what comes first, and accepts what the server says.
    ///
    /// @param settings alternating identifiers and values
    Http2Wire greet(int... settings) throws IOException {
        out.write(PREFACE.getBytes(ISO_8859_1));
        ByteBuffer payload = ByteBuffer.allocate(settings.length * 3);
        for (int i = 0; i < settings.length; i += 2) {
            payload.putShort((short) settings[i]).putInt(settings[i + 1]);
        }
        send(SETTINGS, 0, 0, payload.array());
        serverSettings = next(SETTINGS);
        send(SETTINGS, ACK, 0, NOTHING);
        return this;
    }

    Frame serverSettings() {
        return serverSettings;
    }

    void raw(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    void send(int type, int flags, int stream, byte[] payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
        frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
        frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
        raw(frame.array());
    }

    /// Begins a request, and ends it unless a body follows.
    ///
    /// @param more alternating names and values
    void request(int stream, String method, String path, boolean body, String... more)
            throws IOException {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.write(block(":method", method, ":scheme", "https", ":authority", "x", ":path", path));
        block.write(block(more));
        send(HEADERS, END_HEADERS | (body ? 0 : END_STREAM), stream, block.toByteArray());
    }

    void data(int stream, byte[] bytes, boolean last) throws IOException {
        send(DATA, last ? END_STREAM : 0, stream, bytes);
    }

    void reset(int stream) throws IOException {
        send(RST_STREAM, 0, stream, number(CANCEL));
    }

    static byte[] number(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    /// A header block without compression (RFC 7541, 6.2.2).
    static byte[] block(String... namesAndValues) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            block.write(0);
            string(block, namesAndValues[i]);
            string(block, namesAndValues[i + 1]);
        }
        return block.toByteArray();
    }

    private static void string(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        if (bytes.length < 127) {
            block.write(bytes.length);
        } else {
            block.write(127);
            int rest = bytes.length - 127;
            for (; rest >= 128; rest >>= 7) {
                block.write((rest & 127) | 128);
            }
            block.write(rest);
        }
        block.writeBytes(bytes);
    }

    /// The next frame that isn't about settings, pings or windows; fails at the connection's end.
    Frame next() throws IOException {
        while (true) {
            Frame frame = any();
            if (frame.type == HEADERS
                    || frame.type == DATA
                    || frame.type == RST_STREAM
                    || frame.type == GOAWAY) {
                return frame;
            }
        }
    }

    /// The next frame of any kind.
    Frame any() throws IOException {
        int lengthAndType = first();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = new byte[lengthAndType >>> 8];
        in.readFully(payload);
        Frame frame = new Frame(lengthAndType & 255, flags, stream, payload);
        if (frame.type == GOAWAY) {
            goodbye = "error " + frame.error() + new String(payload, 8, payload.length - 8, UTF_8);
        }
        return frame;
    }

    private int first() throws IOException {
        try {
            return in.readInt();
        } catch (EOFException e) {
            EOFException told = new EOFException("the server closed the connection: " + goodbye);
            told.initCause(e);
            throw told;
        }
    }

    /// The next frame of a type; others are passed over.
    Frame next(int type) throws IOException {
        Frame frame = any();
        while (frame.type != type) {
            frame = any();
        }
        return frame;
    }

    Http2Headers headers(Frame frame) throws Http2Exception {
        return headers.decodeHeaders(frame.stream, Unpooled.wrappedBuffer(frame.payload));
    }

    /// The status of the next answer, whatever comes before it.
    int status() throws IOException, Http2Exception {
        return Integer.parseInt(headers(next(HEADERS)).status().toString());
    }

    /// Content of a stream up to its end; others must be silent.
    byte[] content(int stream) throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        while (true) {
            Frame frame = next(DATA);
            content.write(frame.payload);
            send(WINDOW_UPDATE, 0, 0, number(Math.max(1, frame.payload.length)));
            if (frame.has(END_STREAM)) {
                return content.toByteArray();
            }
            send(WINDOW_UPDATE, 0, stream, number(Math.max(1, frame.payload.length)));
        }
    }

    /// Whether the server closes the connection; waits for it, and reads what comes before.
    boolean isClosedByServer() throws IOException {
        try {
            while (true) {
                any();
            }
        } catch (EOFException _) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
