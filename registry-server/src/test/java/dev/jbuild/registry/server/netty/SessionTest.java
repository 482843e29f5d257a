package dev.jbuild.registry.server.netty;

import static dev.jbuild.registry.server.netty.Http2Wire.CANCEL;
import static dev.jbuild.registry.server.netty.Http2Wire.CONTINUATION;
import static dev.jbuild.registry.server.netty.Http2Wire.DATA;
import static dev.jbuild.registry.server.netty.Http2Wire.END_HEADERS;
import static dev.jbuild.registry.server.netty.Http2Wire.END_STREAM;
import static dev.jbuild.registry.server.netty.Http2Wire.ENHANCE_YOUR_CALM;
import static dev.jbuild.registry.server.netty.Http2Wire.GOAWAY;
import static dev.jbuild.registry.server.netty.Http2Wire.HEADERS;
import static dev.jbuild.registry.server.netty.Http2Wire.NOTHING;
import static dev.jbuild.registry.server.netty.Http2Wire.NO_ERROR;
import static dev.jbuild.registry.server.netty.Http2Wire.PING;
import static dev.jbuild.registry.server.netty.Http2Wire.PRIORITY;
import static dev.jbuild.registry.server.netty.Http2Wire.PROTOCOL_ERROR;
import static dev.jbuild.registry.server.netty.Http2Wire.REFUSED_STREAM;
import static dev.jbuild.registry.server.netty.Http2Wire.RST_STREAM;
import static dev.jbuild.registry.server.netty.Http2Wire.SETTINGS;
import static dev.jbuild.registry.server.netty.Http2Wire.UNKNOWN;
import static dev.jbuild.registry.server.netty.Http2Wire.WINDOW_UPDATE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.registry.server.Certificates;
import dev.jbuild.registry.server.http.Exchange;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Request;
import dev.jbuild.registry.server.http.Response;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// HTTP/2 on the wire (RFC 9113), and clients that are broken or mean no good.
@Timeout(60)
class SessionTest {
    private static final int STREAMS = 5;
    private static final Duration WAIT = Duration.ofMillis(1500);

    @TempDir static Path shared;
    private static TlsConfig tls;
    private static SSLContext client;

    private final Answers answers = new Answers();
    private final LinkedBlockingQueue<Refusal> refusals = new LinkedBlockingQueue<>();
    private HttpFrontend frontend;
    private Http2Wire wire;

    /// A handful of answers, by path.
    private static final class Answers implements Exchange {
        final CountDownLatch go = new CountDownLatch(1);
        final AtomicLong taken = new AtomicLong();
        final LinkedBlockingQueue<String> interruptions = new LinkedBlockingQueue<>();
        Path file = Path.of("nowhere");

        @Override
        public Optional<Response> immediately(Request request) {
            return request.path().equals("/now")
                    ? Optional.of(Response.empty(200, Headers.NONE))
                    : Optional.empty();
        }

        @Override
        public Response respond(Request request) throws InterruptedException {
            try {
                return switch (request.path()) {
                    case "/hello" -> text("hello");
                    case "/refuse" -> Response.empty(403, Headers.NONE);
                    case "/file" ->
                            new Response(
                                    200,
                                    Headers.NONE,
                                    new Response.FileRange(file, 10, Files.size(file) - 10));
                    case "/later" -> {
                        go.await();
                        yield count(request);
                    }
                    default -> count(request);
                };
            } catch (IOException e) {
                interruptions.add(String.valueOf(e.getMessage()));
                return Response.empty(400, Headers.NONE);
            }
        }

        private Response count(Request request) throws IOException, InterruptedException {
            request.body().transferTo(bytes -> taken.addAndGet(bytes.remaining()));
            return text(taken.toString());
        }

        private static Response text(String text) {
            return Response.bytes(200, Headers.NONE, text.getBytes(UTF_8));
        }
    }

    @BeforeAll
    static void make_certificate() throws Exception {
        KeyStore server = Certificates.make(shared, "CN=localhost", "EC");
        tls =
                new TlsConfig(
                        Files.writeString(shared.resolve("cert.pem"), Certificates.pem(server)),
                        Files.writeString(shared.resolve("key.pem"), Certificates.keyPem(server)),
                        Optional.empty(),
                        false);
        client = Certificates.trusting(server, Optional.empty());
    }

    @BeforeEach
    void start() throws Exception {
        frontend =
                new HttpFrontend(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Optional.of(tls),
                        answers,
                        new HttpLimits(2000, 8000, STREAMS, WAIT, WAIT, ConnectionLimits.DEFAULT),
                        refusals::add,
                        failure -> {
                            throw new AssertionError(failure);
                        });
        wire = connect();
    }

    @AfterEach
    void stop() throws Exception {
        wire.close();
        answers.go.countDown();
        try (Http2Wire other = connect()) {
            other.greet();
            assertAnswers(other, 1);
        }
        assertTrue(frontend.drain(Duration.ofSeconds(10)));
    }

    private Http2Wire connect() throws IOException {
        return new Http2Wire(frontend.address(), client);
    }

    private static void assertAnswers(Http2Wire wire, int stream) throws Exception {
        wire.request(stream, "GET", "/hello", false);
        assertEquals(200, wire.status());
        assertEquals("hello", new String(wire.content(stream), UTF_8));
    }

    @Test
    void requests_are_answered_one_after_the_other_and_at_once() throws Exception {
        wire.greet();
        assertAnswers(wire, 1);
        wire.request(3, "GET", "/now", false);
        Http2Wire.Frame head = wire.next();
        assertEquals(HEADERS, head.type());
        assertTrue(head.has(END_STREAM));
        assertEquals("200", wire.headers(head).status().toString());
        wire.request(5, "HEAD", "/hello", false);
        head = wire.next();
        assertTrue(head.has(END_STREAM));
        assertEquals("5", wire.headers(head).get("content-length").toString());
        assertAnswers(wire, 7);
    }

    @Test
    void what_the_server_announces_is_what_it_keeps() throws Exception {
        wire.greet();
        ByteBuffer payload = ByteBuffer.wrap(wire.serverSettings().payload());
        Map<Integer, Integer> announced = new TreeMap<>();
        while (payload.hasRemaining()) {
            announced.put((int) payload.getShort(), payload.getInt());
        }
        assertEquals(Map.of(3, STREAMS, 4, 1024 * 1024, 6, 8000), announced);
    }

    @Test
    void a_file_comes_in_pieces_as_the_client_has_room() throws Exception {
        byte[] bytes = new byte[300_010];
        new Random(1).nextBytes(bytes);
        answers.file = Files.write(shared.resolve("file"), bytes);
        wire.greet();
        wire.request(1, "GET", "/file", false);
        Http2Wire.Frame head = wire.next();
        assertEquals("300000", wire.headers(head).get("content-length").toString());
        assertArrayEquals(Arrays.copyOfRange(bytes, 10, 300_010), wire.content(1));
    }

    @Test
    void a_body_is_taken_frame_by_frame() throws Exception {
        wire.greet();
        wire.request(1, "PUT", "/count", true);
        wire.data(1, new byte[1000], false);
        wire.data(1, new byte[500], false);
        wire.data(1, NOTHING, true);
        assertEquals(200, wire.status());
        assertEquals("1500", new String(wire.content(1), UTF_8));
    }

    @Test
    void trailers_end_a_body() throws Exception {
        wire.greet();
        wire.request(1, "PUT", "/count", true);
        wire.data(1, new byte[1000], false);
        wire.send(HEADERS, END_HEADERS | END_STREAM, 1, Http2Wire.block("x-sum", "1"));
        assertEquals(200, wire.status());
        assertEquals("1000", new String(wire.content(1), UTF_8));
    }

    @Test
    void a_client_that_waits_is_told_to_continue_when_the_body_is_wanted() throws Exception {
        wire.greet();
        wire.request(1, "PUT", "/count", true, "expect", "100-continue");
        assertEquals(100, wire.status());
        wire.data(1, new byte[10], true);
        assertEquals(200, wire.status());
        wire.content(1);
        wire.request(3, "PUT", "/refuse", true, "expect", "100-continue");
        assertEquals(403, wire.status());
    }

    @Test
    void a_body_nobody_takes_stops_at_the_window_and_others_go_on() throws Exception {
        wire.greet();
        wire.request(1, "PUT", "/later", true);
        int room = 65_535;
        long sent = 0;
        wire.send(PING, 0, 0, new byte[8]);
        // What the server grants without anything having been taken: windows and its queue.
        long granted = 0;
        long connection = room;
        long stream = 1024 * 1024;
        while (true) {
            while (connection >= 16_384 && stream >= 16_384) {
                wire.data(1, new byte[16_384], false);
                connection -= 16_384;
                stream -= 16_384;
                sent += 16_384;
            }
            wire.send(PING, 0, 0, new byte[8]);
            boolean more = false;
            Http2Wire.Frame frame = wire.any();
            for (; frame.type() != PING; frame = wire.any()) {
                if (frame.type() == WINDOW_UPDATE) {
                    int bytes = ByteBuffer.wrap(frame.payload()).getInt();
                    connection += frame.stream() == 0 ? bytes : 0;
                    stream += frame.stream() == 1 ? bytes : 0;
                    granted += frame.stream() == 1 ? bytes : 0;
                    more = true;
                }
            }
            if (!more && (connection < 16_384 || stream < 16_384)) {
                Thread.sleep(100);
                wire.send(PING, 0, 0, new byte[8]);
                if (wire.any().type() == PING) {
                    break;
                }
            }
        }
        assertTrue(sent < 1_700_000, "the server took " + sent + " bytes that nobody asked for");
        assertTrue(granted < 700_000, "the server granted " + granted);
        assertAnswers(wire, 3);
        answers.go.countDown();
        Http2Wire.Frame frame = wire.any();
        while (frame.type() != WINDOW_UPDATE || frame.stream() != 1) {
            frame = wire.any();
        }
        wire.data(1, NOTHING, true);
        assertEquals(200, wire.status());
        assertEquals(Long.toString(sent), new String(wire.content(1), UTF_8));
    }

    @Test
    void a_refused_body_needn_t_be_sent() throws Exception {
        wire.greet();
        wire.request(1, "PUT", "/refuse", true);
        wire.data(1, new byte[10_000], false);
        Http2Wire.Frame head = wire.next();
        assertEquals("403", wire.headers(head).status().toString());
        assertTrue(head.has(END_STREAM));
        Http2Wire.Frame reset = wire.next();
        assertEquals(RST_STREAM, reset.type());
        assertEquals(NO_ERROR, reset.error());
        assertAnswers(wire, 3);
    }

    @Test
    void refused_bodies_that_are_on_their_way_do_not_cost_the_connection() throws Exception {
        wire.greet();
        wire.next(WINDOW_UPDATE);
        for (int stream = 1; stream < 2 * STREAMS; stream += 2) {
            wire.request(stream, "PUT", "/refuse", true);
            for (int i = 0; i < 45; i++) {
                wire.data(stream, new byte[16_384], false);
            }
        }
        for (int i = 0; i < STREAMS; i++) {
            assertEquals(403, wire.status());
        }
        for (int stream = 1; stream < 2 * STREAMS; stream += 2) {
            wire.reset(stream);
        }
        assertAnswers(wire, 2 * STREAMS + 1);
    }

    /// Memory for what nobody wants would be had for nothing.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_refused_body_is_thrown_away_and_its_window_closes(boolean tooLong) throws Exception {
        wire.greet(4, 0);
        wire.next(WINDOW_UPDATE);
        for (int stream = 1; stream < 8; stream += 2) {
            wire.request(stream, "PUT", tooLong ? "/" + "a".repeat(2000) : "/hello", true);
            assertEquals(tooLong ? 414 : 200, wire.status());
        }
        for (int stream = 1; stream < 8; stream += 2) {
            for (int i = 0; i < 60; i++) {
                wire.data(stream, new byte[16_384], false);
            }
        }
        Http2Wire.Frame frame = wire.any();
        while (frame.type() != WINDOW_UPDATE && frame.type() != RST_STREAM) {
            frame = wire.any();
        }
        assertEquals(WINDOW_UPDATE, frame.type());
        assertEquals(0, frame.stream());
        for (int resets = 0; resets < 4; resets += frame.type() == RST_STREAM ? 1 : 0) {
            frame = wire.any();
            assertTrue(frame.type() != WINDOW_UPDATE || frame.stream() == 0);
        }
    }

    /// Byte by byte, a body could keep its stream for days.
    @Test
    void an_answer_that_isn_t_taken_is_given_up_whatever_comes_of_the_body() throws Exception {
        wire.greet(4, 0);
        wire.request(1, "PUT", "/hello", true);
        assertEquals(200, wire.status());
        Thread body = again(() -> wire.data(1, new byte[1], false));
        assertEquals(CANCEL, wire.next(RST_STREAM).error());
        body.interrupt();
        body.join();
    }

    @Test
    void a_connection_whose_refusal_isn_t_taken_is_closed() throws Exception {
        wire.greet(4, 0);
        wire.request(1, "GET", "/" + "a".repeat(2000), false);
        assertEquals(414, wire.status());
        assertTrue(wire.isClosedByServer());
    }

    @Test
    void a_connection_that_is_gone_needs_no_cutting() {
        EmbeddedChannel gone = new EmbeddedChannel();
        assertTrue(gone.close().isSuccess());
        assertNull(gone.pipeline().firstContext());
        Session.cut(gone);
        assertFalse(gone.isOpen());
    }

    @Test
    void a_small_refused_body_is_read_to_its_end() throws Exception {
        wire.greet();
        wire.request(1, "PUT", "/refuse", true, "content-length", "1000");
        assertEquals(403, wire.status());
        wire.data(1, new byte[1000], true);
        assertAnswers(wire, 3);
    }

    @Test
    void a_client_that_resets_a_stream_ends_its_body_and_no_other() throws Exception {
        wire.greet();
        wire.request(1, "PUT", "/count", true);
        wire.data(1, new byte[1000], false);
        wire.request(3, "PUT", "/count", true);
        wire.reset(1);
        assertInterrupted("the client closed the connection in the middle of the body");
        wire.data(3, new byte[10], true);
        assertEquals(200, wire.status());
    }

    @Test
    void a_lost_connection_ends_all_bodies() throws Exception {
        wire.greet();
        wire.request(1, "PUT", "/count", true);
        wire.request(3, "PUT", "/count", true);
        assertAnswers(wire, 5);
        wire.close();
        assertInterrupted("the client closed the connection in the middle of the body");
        assertInterrupted("the client closed the connection in the middle of the body");
    }

    @Test
    void a_body_that_stalls_is_given_up_whatever_else_comes() throws Exception {
        wire.greet();
        wire.request(1, "PUT", "/count", true);
        wire.data(1, new byte[10], false);
        Thread pings = chatter();
        assertEquals(400, wire.status());
        pings.interrupt();
        pings.join();
        assertInterrupted("no byte of the body came for 1 seconds");
        assertAnswers(wire, 3);
    }

    @Test
    void an_answer_that_isn_t_taken_is_given_up_whatever_else_comes() throws Exception {
        answers.file = Files.write(shared.resolve("large"), new byte[3_000_000]);
        wire.greet(4, 20_000);
        wire.request(1, "GET", "/file", false);
        assertEquals(200, wire.status());
        Thread pings = chatter();
        assertEquals(RST_STREAM, wire.next(RST_STREAM).type());
        pings.interrupt();
        pings.join();
        assertAnswers(wire, 3);
    }

    /// Sends a ping again and again until it is interrupted.
    private Thread chatter() {
        return again(() -> wire.send(PING, 0, 0, new byte[8]));
    }

    private interface Sending {
        void send() throws IOException;
    }

    private static Thread again(Sending sending) {
        return Thread.startVirtualThread(
                () -> {
                    try {
                        while (true) {
                            sending.send();
                            Thread.sleep(200);
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    } catch (InterruptedException _) {
                        // done
                    }
                });
    }

    @Test
    void an_idle_connection_is_closed_and_pings_don_t_keep_it() throws Exception {
        wire.greet();
        assertAnswers(wire, 1);
        Thread pings = chatter();
        Http2Wire.Frame goodbye = wire.next(GOAWAY);
        pings.interrupt();
        pings.join();
        assertEquals(NO_ERROR, goodbye.error());
        assertTrue(wire.isClosedByServer());
    }

    @Test
    void a_client_that_says_nothing_is_cut_off() throws Exception {
        assertTrue(wire.isClosedByServer());
    }

    @Test
    void a_client_that_never_ends_its_headers_is_cut_off() throws Exception {
        wire.greet();
        wire.send(HEADERS, END_STREAM, 1, Http2Wire.block(":method", "GET"));
        assertTrue(wire.isClosedByServer());
    }

    @Test
    void another_protocol_is_told_off() throws Exception {
        wire.raw("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(UTF_8));
        Http2Wire.Frame goodbye = wire.next(GOAWAY);
        assertEquals(PROTOCOL_ERROR, goodbye.error());
        assertTrue(wire.isClosedByServer());
    }

    @Test
    void more_streams_than_allowed_are_refused_and_may_be_tried_again() throws Exception {
        wire.greet();
        for (int i = 0; i <= STREAMS; i++) {
            wire.request(1 + 2 * i, "PUT", "/later", true);
        }
        Http2Wire.Frame refused = wire.next();
        assertEquals(RST_STREAM, refused.type());
        assertEquals(REFUSED_STREAM, refused.error());
        assertEquals(1 + 2 * STREAMS, refused.stream());
        answers.go.countDown();
        wire.data(1, NOTHING, true);
        assertEquals(200, wire.status());
    }

    /// Else a client could take its own streams away one by one, and the server's memory.
    @Test
    void refusals_that_aren_t_taken_are_reset_and_make_room_while_the_connection_lives()
            throws Exception {
        wire.greet(4, 0);
        for (int i = 0; i < STREAMS; i++) {
            wire.request(1 + 2 * i, "GET", "/" + "a".repeat(2000), false);
            assertEquals(414, wire.status());
        }
        Thread alive = again(() -> wire.send(PING, 0, 0, new byte[8]));
        for (int i = 0; i < STREAMS; i++) {
            assertEquals(CANCEL, wire.next(RST_STREAM).error());
        }
        alive.interrupt();
        alive.join();
        for (int i = 0; i < STREAMS; i++) {
            wire.request(101 + 2 * i, "HEAD", "/hello", false);
            assertEquals(200, wire.status());
        }
    }

    @Test
    void headers_have_a_limit() throws Exception {
        wire.greet();
        wire.request(1, "GET", "/hello", false, "x-large", "a".repeat(8100));
        assertEquals(431, wire.status());
        assertAnswers(wire, 3);
    }

    @Test
    void headers_far_above_the_limit_end_the_connection() throws Exception {
        wire.greet();
        byte[] piece = Http2Wire.block("x-large", "a".repeat(16_000));
        wire.send(HEADERS, END_STREAM, 1, piece);
        assertEquals(GOAWAY, floodUntilClosed(CONTINUATION, 0, 1, piece, 1000).type());
    }

    @Test
    void a_path_has_a_limit() throws Exception {
        wire.greet();
        wire.request(1, "GET", "/" + "a".repeat(2000), false);
        assertEquals(414, wire.status());
        assertAnswers(wire, 3);
    }

    @Test
    void a_request_needs_one_host() throws Exception {
        wire.greet();
        wire.send(
                HEADERS,
                END_HEADERS | END_STREAM,
                1,
                Http2Wire.block(":method", "GET", ":scheme", "https", ":path", "/hello"));
        assertRefused();
        wire.request(3, "GET", "/hello", false, "host", "y");
        assertRefused();
        wire.request(5, "GET", "/hello", false, "host", "x");
        assertEquals(200, wire.status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ":method=GET :scheme=https :authority=x",
                ":scheme=https :authority=x :path=/hello",
                ":method=GET :scheme=https :authority=x :path=",
                ":method=GET :method=PUT :scheme=https :authority=x :path=/hello",
                ":method=GET :scheme=https :authority=x :path=/hello :status=200",
                ":method=GET :scheme=https :authority=x :path=/hello :strange=1",
                ":method=GET :scheme=https :authority=x x=1 :path=/hello",
                ":method=GET :scheme=https :authority=x :path=/hello connection=close",
                ":method=GET :scheme=https :authority=x :path=/hello transfer-encoding=chunked",
                ":method=GET :scheme=https :authority=x :path=/hello X-Upper=1",
                ":method=GET :scheme=https :authority=x :path=/hello content-length=5",
                ":method=GET :scheme=https :authority=x :path=/hello content-length=-1",
                ":method=GET :scheme=https :authority=x :path=/hello content-length=x",
                ":method=GET :scheme=https :authority=x :path=/hello bad=\u0000",
                ":method=GET :scheme=https :authority=x :path=/hello bad=\r\nx:1",
            })
    void a_malformed_request_is_reset_and_others_go_on(String fields) throws Exception {
        wire.greet();
        String[] namesAndValues = fields.split("[ =]", -1);
        wire.send(HEADERS, END_HEADERS | END_STREAM, 1, Http2Wire.block(namesAndValues));
        assertRefused();
        assertAnswers(wire, 3);
    }

    /// RFC 9113, 8.1.1: by an error of the stream, before which there may be an answer.
    private void assertRefused() throws Exception {
        Http2Wire.Frame reply = wire.next();
        if (reply.type() == HEADERS) {
            assertEquals("400", wire.headers(reply).status().toString());
            wire.content(reply.stream());
        } else {
            assertEquals(RST_STREAM, reply.type());
            assertEquals(PROTOCOL_ERROR, reply.error());
        }
    }

    @Test
    void a_body_of_another_length_than_announced_is_refused() throws Exception {
        wire.greet();
        wire.request(1, "PUT", "/count", true, "content-length", "10");
        wire.data(1, new byte[5], true);
        assertEquals(PROTOCOL_ERROR, wire.next(RST_STREAM).error());
        assertInterrupted("the client closed the connection in the middle of the body");
        wire.request(3, "PUT", "/count", true, "content-length", "10");
        wire.data(3, new byte[15], false);
        assertEquals(PROTOCOL_ERROR, wire.next(RST_STREAM).error());
        assertAnswers(wire, 5);
    }

    @Test
    void trailers_that_look_like_a_request_are_none() throws Exception {
        wire.greet();
        wire.request(1, "PUT", "/count", true);
        wire.request(1, "GET", "/hello", false);
        assertEquals(PROTOCOL_ERROR, wire.next(RST_STREAM).error());
        assertInterrupted("the client closed the connection in the middle of the body");
        assertAnswers(wire, 3);
    }

    @Test
    void streams_reset_at_once_again_and_again_end_the_connection() throws Exception {
        wire.greet();
        try {
            for (int stream = 1; stream < 2 * 3000; stream += 2) {
                wire.request(stream, "PUT", "/count", true);
                wire.reset(stream);
            }
        } catch (SocketException _) {
            // closed by the server meanwhile
        }
        assertTold(wire, ENHANCE_YOUR_CALM);
    }

    @Test
    void a_client_that_makes_the_server_reset_streams_is_cut_off() throws Exception {
        wire.greet();
        try {
            for (int stream = 1; stream < 2 * 2000; stream += 2) {
                wire.request(stream, "PUT", "/count", true);
                wire.send(WINDOW_UPDATE, 0, stream, Http2Wire.number(0));
            }
        } catch (SocketException _) {
            // closed by the server meanwhile
        }
        assertTold(wire, ENHANCE_YOUR_CALM);
    }

    @Test
    void floods_of_frames_that_ask_for_nothing_end_the_connection() throws Exception {
        wire.greet();
        assertEquals(ENHANCE_YOUR_CALM, floodUntilClosed(PING, 0, 0, new byte[8], 5000).error());
        try (Http2Wire settings = connect()) {
            wire = settings.greet();
            assertEquals(
                    ENHANCE_YOUR_CALM, floodUntilClosed(SETTINGS, 0, 0, NOTHING, 5000).error());
        }
        try (Http2Wire empty = connect()) {
            wire = empty.greet();
            wire.request(1, "PUT", "/count", true);
            assertEquals(ENHANCE_YOUR_CALM, floodUntilClosed(DATA, 0, 1, NOTHING, 5000).error());
        }
        try (Http2Wire headers = connect()) {
            wire = headers.greet();
            wire.send(HEADERS, END_STREAM, 1, Http2Wire.block(":method", "GET"));
            assertEquals(
                    ENHANCE_YOUR_CALM, floodUntilClosed(CONTINUATION, 0, 1, NOTHING, 5000).error());
        }
        for (int i = 0; i < 4; i++) {
            assertFloodIsTold();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {PRIORITY, WINDOW_UPDATE, UNKNOWN})
    void so_do_floods_of_frames_that_cost_little_each(int type) throws Exception {
        wire.greet();
        assertAnswers(wire, 1);
        byte[] payload = type == PRIORITY ? new byte[] {0, 0, 0, 0, 9} : Http2Wire.number(1);
        int stream = type == PRIORITY ? 1 : 0; // of one that is gone, which nobody else notices
        assertEquals(ENHANCE_YOUR_CALM, floodUntilClosed(type, 0, stream, payload, 5000).error());
        assertFloodIsTold();
    }

    private void assertFloodIsTold() throws InterruptedException {
        Refusal refusal = refusals.poll(15, TimeUnit.SECONDS);
        assertNotNull(refusal, "nobody was told of the flood");
        assertEquals(Refusal.Reason.FLOOD, refusal.reason());
        assertEquals(InetAddress.getLoopbackAddress(), refusal.address());
    }

    @Test
    void a_client_that_takes_no_acknowledgements_is_cut_off() throws Exception {
        wire.greet();
        try {
            for (int i = 0; i < 2_000_000; i++) {
                wire.send(PING, 0, 0, new byte[8]);
            }
        } catch (SocketException _) {
            return;
        }
        assertFalse(true, "the server took two million pings");
    }

    @Test
    void answers_fill_no_table_however_large_the_client_wants_it() throws Exception {
        wire.greet(1, 100_000_000);
        assertAnswers(wire, 1);
        wire.request(3, "GET", "/hello", false);
        byte[] first = wire.next(HEADERS).payload();
        wire.content(3);
        wire.request(5, "GET", "/hello", false);
        assertEquals(first.length, wire.next(HEADERS).payload().length);
    }

    @Test
    void a_stopping_server_lets_streams_end_and_takes_no_new_ones() throws Exception {
        wire.greet();
        wire.request(1, "PUT", "/later", true);
        wire.data(1, new byte[10], false);
        assertAnswers(wire, 3);
        Thread drain =
                Thread.startVirtualThread(
                        () -> {
                            try {
                                assertTrue(frontend.drain(Duration.ofSeconds(20)));
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        Http2Wire.Frame goodbye = wire.next(GOAWAY);
        assertEquals(NO_ERROR, goodbye.error());
        assertEquals(3, ByteBuffer.wrap(goodbye.payload()).getInt());
        wire.request(5, "GET", "/hello", false);
        answers.go.countDown();
        wire.data(1, new byte[10], true);
        Http2Wire.Frame answer = wire.next(HEADERS);
        assertEquals(1, answer.stream());
        assertEquals("20", new String(wire.content(1), UTF_8));
        assertTrue(wire.isClosedByServer());
        drain.join();
        start();
    }

    @Test
    void a_stopping_server_has_patience_and_no_more() throws Exception {
        wire.greet();
        wire.request(1, "PUT", "/later", true);
        assertAnswers(wire, 3);
        assertFalse(frontend.drain(Duration.ofMillis(300)));
        assertTrue(wire.isClosedByServer());
        start();
    }

    /// A seed, so that a failure can be had again.
    @Test
    void random_bytes_do_no_harm() throws Exception {
        Random random = new Random(42);
        byte[] block =
                Http2Wire.block(
                        ":method", "PUT", ":scheme", "https", ":authority", "x", ":path", "/c");
        for (int round = 0; round < 30; round++) {
            try (Http2Wire noise = connect()) {
                noise.greet();
                for (int i = 0; i < 20; i++) {
                    byte[] bytes = block.clone();
                    for (int k = random.nextInt(3); k > 0; k--) {
                        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                    }
                    int type = random.nextInt(4) == 0 ? random.nextInt(11) : HEADERS;
                    int stream = random.nextInt(5) == 0 ? random.nextInt(9) : 1 + 2 * i;
                    noise.send(type, random.nextInt(256), stream, bytes);
                }
            } catch (SocketException _) {
                // closed by the server meanwhile
            }
        }
    }

    private void assertInterrupted(String message) throws InterruptedException {
        String told = answers.interruptions.poll(15, TimeUnit.SECONDS);
        assertNotNull(told, "no body was interrupted");
        assertEquals(message, told);
    }

    /// Sends frames until the server says goodbye.
    private Http2Wire.Frame floodUntilClosed(
            int type, int flags, int stream, byte[] payload, int most) throws IOException {
        try {
            for (int i = 0; i < most; i++) {
                wire.send(type, flags, stream, payload);
            }
        } catch (SocketException _) {
            // closed by the server meanwhile
        }
        return wire.next(GOAWAY);
    }

    private static void assertTold(Http2Wire wire, int error) throws IOException {
        assertEquals(error, wire.next(GOAWAY).error());
        assertTrue(wire.isClosedByServer());
    }
}
