package dev.jbuild.registry.server;

import dev.jbuild.registry.server.http.Headers;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A connection to the server on which a test says every byte itself.
final class Wire implements AutoCloseable {
    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;

    /// @param body without chunking
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Reply(int status, Headers headers, byte[] body) {
        String header(String name) {
            return headers.first(name).orElse("");
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    Wire(InetSocketAddress server) throws IOException {
        socket.connect(server, 5000);
        socket.setSoTimeout(20_000);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /// Sends bytes as they are.
    void raw(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    void raw(String text) throws IOException {
        raw(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /// Sends a request with `Content-Length`, if there is a body, and reads the reply.
    ///
    /// @param headers alternating names and values
    Reply send(String method, String target, byte[] body, String... headers) throws IOException {
        StringBuilder head = head(method, target, headers);
        if (body.length > 0 || method.equals("POST") || method.equals("PUT")) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        raw(head.append("\r\n").toString());
        raw(body);
        return reply(method);
    }

    /// Sends a request with `Transfer-Encoding: chunked`.
    Reply sendChunked(String method, String target, byte[] body, String... headers)
            throws IOException {
        raw(head(method, target, headers).append("Transfer-Encoding: chunked\r\n\r\n").toString());
        for (int from = 0; from < body.length; from += 300) {
            int length = Math.min(300, body.length - from);
            raw(Integer.toHexString(length) + "\r\n");
            out.write(body, from, length);
            raw("\r\n");
        }
        raw("0\r\n\r\n");
        return reply(method);
    }

    static StringBuilder head(String method, String target, String... headers) {
        StringBuilder head =
                new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: registry.test\r\n");
        for (int i = 0; i < headers.length; i += 2) {
            head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
        }
        return head;
    }

    /// Reads the reply to a request of that method; interim ones are skipped.
    Reply reply(String method) throws IOException {
        Reply reply = anyReply(method);
        while (reply.status / 100 == 1) {
            reply = anyReply(method);
        }
        return reply;
    }

    Reply anyReply(String method) throws IOException {
        int status = Integer.parseInt(line().split(" ", 3)[1]);
        List<Headers.Field> fields = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            fields.add(
                    new Headers.Field(line.substring(0, colon), line.substring(colon + 1).strip()));
        }
        Headers headers = new Headers(fields);
        boolean none = method.equals("HEAD") || status / 100 == 1 || status == 204 || status == 304;
        int length = none ? 0 : Integer.parseInt(headers.first("Content-Length").orElseThrow());
        return new Reply(status, headers, in.readNBytes(length));
    }

    /// Whether the server has closed the connection; waits for it.
    boolean isClosedByServer() throws IOException {
        return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the server closed the connection after '" + line + "'");
            }
            if (c != '\r') {
                line.write(c);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }
}
