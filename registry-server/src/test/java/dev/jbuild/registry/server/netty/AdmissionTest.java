package dev.jbuild.registry.server.netty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How many connections there may be. All of 127.0.0.0/8 is this machine, so that a test can have
/// several addresses.
@Timeout(60)
class AdmissionTest {
    private static final String ONE = "127.0.0.1";
    private static final String OTHER = "127.0.0.2";

    private final LinkedBlockingQueue<Refusal> refusals = new LinkedBlockingQueue<>();
    private final List<Socket> sockets = new ArrayList<>();
    private Optional<HttpFrontend> frontend = Optional.empty();

    private void start(int most, int perAddress, Predicate<InetAddress> unlimited)
            throws Exception {
        frontend =
                Optional.of(
                        new HttpFrontend(
                                new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0),
                                Optional.empty(),
                                _ -> Response.empty(200, Headers.NONE),
                                HttpLimits.DEFAULT.withConnections(
                                        new ConnectionLimits(most, perAddress, unlimited)),
                                refusals::add,
                                failure -> {
                                    throw new AssertionError(failure);
                                }));
    }

    @AfterEach
    void stop() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        if (frontend.isPresent()) {
            assertTrue(frontend.get().drain(Duration.ofSeconds(10)));
        }
    }

    private Socket connect(String from) throws IOException {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.setSoTimeout(20_000);
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
        int port = frontend.orElseThrow().address().getPort();
        socket.connect(new InetSocketAddress(InetAddress.ofLiteral(ONE), port), 5000);
        return socket;
    }

    private static boolean answers(Socket socket) throws IOException {
        try {
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(ISO_8859_1));
            byte[] begin = socket.getInputStream().readNBytes(12);
            socket.getInputStream().skipNBytes(socket.getInputStream().available());
            return new String(begin, ISO_8859_1).equals("HTTP/1.1 200");
        } catch (SocketException _) {
            return false;
        }
    }

    /// The reset may come at any moment.
    private boolean isLetIn(String from) throws IOException {
        try {
            return answers(connect(from));
        } catch (SocketException _) {
            return false;
        }
    }

    private void assertRefused(Refusal.Reason reason, String address) throws InterruptedException {
        assertEquals(
                new Refusal(reason, InetAddress.ofLiteral(address)),
                refusals.poll(10, TimeUnit.SECONDS));
    }

    @Test
    void an_address_has_so_many_connections_and_no_more() throws Exception {
        start(100, 3, _ -> false);
        for (int i = 0; i < 3; i++) {
            assertTrue(answers(connect(ONE)));
        }
        assertFalse(isLetIn(ONE));
        assertRefused(Refusal.Reason.ADDRESS, ONE);
        assertTrue(answers(connect(OTHER)));
        assertTrue(answers(sockets.getFirst()));
        assertEquals(0, refusals.size());
    }

    @Test
    void a_connection_that_ends_makes_room() throws Exception {
        start(100, 1, _ -> false);
        for (int i = 0; i < 5; i++) {
            Socket socket = connect(ONE);
            assertTrue(answers(socket));
            socket.close();
            while (frontend.orElseThrow().connections() > 0) {
                Thread.sleep(5);
            }
        }
        assertEquals(0, refusals.size());
    }

    @Test
    void all_addresses_together_have_so_many() throws Exception {
        start(2, 2, _ -> false);
        assertTrue(answers(connect(ONE)));
        assertTrue(answers(connect(OTHER)));
        assertFalse(isLetIn(OTHER));
        assertRefused(Refusal.Reason.ALL, OTHER);
        assertEquals(2, frontend.orElseThrow().connections());
    }

    @Test
    void an_address_without_a_bound_has_that_of_all() throws Exception {
        start(4, 1, address -> address.equals(InetAddress.ofLiteral(ONE)));
        for (int i = 0; i < 4; i++) {
            assertTrue(answers(connect(ONE)));
        }
        assertFalse(isLetIn(ONE));
        assertRefused(Refusal.Reason.ALL, ONE);
    }

    @Test
    void refused_connections_cost_those_that_are_open_nothing() throws Exception {
        start(2, 2, _ -> false);
        Socket first = connect(ONE);
        Socket second = connect(ONE);
        for (int i = 0; i < 300; i++) {
            assertFalse(isLetIn(ONE));
            assertTrue(answers(i % 2 == 0 ? first : second));
        }
        assertEquals(300, refusals.size());
    }

    @Test
    void limits_that_let_nobody_in_are_refused() {
        assertThrows(IllegalArgumentException.class, () -> new ConnectionLimits(0, 1, _ -> false));
        assertThrows(IllegalArgumentException.class, () -> new ConnectionLimits(1, 0, _ -> false));
    }

    @Test
    void files_that_may_be_open_are_known_here() {
        assertTrue(OpenFiles.most() > 100, "" + OpenFiles.most());
    }
}
