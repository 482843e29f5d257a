package dev.jbuild.registry.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Answers each request with the next bytes of a script and hangs up, as no well-behaved HTTP
/// server would. The first request, to `/v2/`, gets a plain 200.
final class ScriptedServer implements AutoCloseable {
    private final ServerSocket socket;
    private final Queue<byte[]> script = new ConcurrentLinkedQueue<>();
    private final Queue<List<String>> requests = new ConcurrentLinkedQueue<>();

    ScriptedServer() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::serve);
    }

    /// @param head status line and headers, a line each
    ScriptedServer then(String head, byte[] body) {
        byte[] start = (head + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[start.length + body.length];
        System.arraycopy(start, 0, all, 0, start.length);
        System.arraycopy(body, 0, all, start.length, body.length);
        script.add(all);
        return this;
    }

    String registry() {
        return "127.0.0.1:" + socket.getLocalPort();
    }

    /// The heads of all requests but the first.
    List<List<String>> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private void serve() {
        try {
            while (true) {
                try (Socket connection = socket.accept()) {
                    answer(connection);
                }
            }
        } catch (SocketException e) {
            return; // closed
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void answer(Socket connection) throws IOException {
        BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(
                                connection.getInputStream(), StandardCharsets.US_ASCII));
        List<String> head = new ArrayList<>();
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            head.add(line);
        }
        OutputStream out = connection.getOutputStream();
        if (head.isEmpty() || head.getFirst().equals("GET /v2/ HTTP/1.1")) {
            out.write(
                    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            return;
        }
        requests.add(head);
        byte[] answer = script.poll();
        if (answer != null) {
            out.write(answer);
        }
    }
}
