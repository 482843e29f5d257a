package dev.jbuild.registry.server.admin;

import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Takes commands of this machine's operator: the Unix socket `control` in the root, which only the
/// server's own user and root may open. A request is a line, a JSON array of words; the answer is a
/// JSON string a line and at last a JSON number, the exit code.
public final class ControlSocket implements AutoCloseable {
    static final String NAME = "control";
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;

    private final ServerSocketChannel listener;
    private final Administrator administrator;
    private final Consumer<Exception> failures;

    private ControlSocket(
            ServerSocketChannel listener,
            Administrator administrator,
            Consumer<Exception> failures) {
        this.listener = listener;
        this.administrator = administrator;
        this.failures = failures;
    }

    /// @param root whose lock the caller holds
    /// @throws IOException also if the path of the root is longer than the system allows for a
    ///     socket (about 100 bytes)
    public static ControlSocket open(
            Path root, Administrator administrator, Consumer<Exception> failures)
            throws IOException {
        Path path = root.resolve(NAME);
        Files.deleteIfExists(path); // of a killed server
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            listener.bind(UnixDomainSocketAddress.of(path));
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException | RuntimeException e) {
            listener.close();
            throw e;
        }
        ControlSocket socket = new ControlSocket(listener, administrator, failures);
        Thread.ofVirtual().name("control").start(socket::acceptAll);
        return socket;
    }

    /// Commands under way go on until what they work on is closed.
    @Override
    public void close() throws IOException {
        listener.close();
    }

    private void acceptAll() {
        while (listener.isOpen()) {
            try {
                SocketChannel channel = listener.accept();
                Thread.ofVirtual().name("command").start(() -> serve(channel));
            } catch (IOException e) {
                if (listener.isOpen()) {
                    failures.accept(e);
                }
            }
        }
    }

    private void serve(SocketChannel channel) {
        try (channel;
                BufferedReader in =
                        new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
                Writer out = Channels.newWriter(channel, StandardCharsets.UTF_8)) {
            String line = in.readLine();
            if (line != null) {
                Consumer<String> lines = text -> write(out, Json.of(text));
                write(out, Json.of(run(line, lines)));
            }
        } catch (IOException | UncheckedIOException _) {
            // the operator has gone, and with that ended the command
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private int run(String line, Consumer<String> out) throws InterruptedException {
        try {
            return administrator.run(AdminCommand.parse(words(line)), out) ? DONE : FAILED;
        } catch (AdminCommand.InvalidCommandException | InvalidJsonException e) {
            out.accept("jbuild registry: " + e.getMessage());
            return USAGE;
        } catch (UncheckedIOException e) {
            throw e; // the operator has gone
        } catch (IOException e) {
            failures.accept(e);
            out.accept("jbuild registry: " + e.getMessage());
            return FAILED;
        } catch (RuntimeException e) {
            failures.accept(e);
            out.accept("jbuild registry: internal error: " + e + "; the server's log has more");
            return FAILED;
        }
    }

    private static List<String> words(String line) throws InvalidJsonException {
        if (!(Json.parse(line.getBytes(StandardCharsets.UTF_8)) instanceof Json.Arr array)) {
            throw new InvalidJsonException("a command is an array of words");
        }
        List<String> words = new ArrayList<>();
        for (Json item : array.items()) {
            if (!(item instanceof Json.Str word)) {
                throw new InvalidJsonException("a command is an array of words");
            }
            words.add(word.value());
        }
        return words;
    }

    private static void write(Writer out, Json value) {
        try {
            out.write(new String(value.encode(), StandardCharsets.UTF_8) + "\n");
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
