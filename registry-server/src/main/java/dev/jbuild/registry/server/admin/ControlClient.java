package dev.jbuild.registry.server.admin;

import dev.jbuild.oci.Json;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.Writer;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/// Hands a command to the server that runs on a root.
public final class ControlClient {
    private ControlClient() {}

    /// @param out takes the lines as they come
    /// @return the exit code
    /// @throws IOException if there is no such server or it ends before the command does
    public static int run(Path root, List<String> words, Consumer<String> out) throws IOException {
        UnixDomainSocketAddress address =
                UnixDomainSocketAddress.of(root.resolve(ControlSocket.NAME));
        try (SocketChannel channel = SocketChannel.open(address);
                Writer request = Channels.newWriter(channel, StandardCharsets.UTF_8);
                BufferedReader answer =
                        new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
            request.write(new String(Json.strings(words).encode(), StandardCharsets.UTF_8) + "\n");
            request.flush();
            for (String line = answer.readLine(); line != null; line = answer.readLine()) {
                switch (Json.parse(line.getBytes(StandardCharsets.UTF_8))) {
                    case Json.Str text -> out.accept(text.value());
                    case Json.Num code -> {
                        return code.value().intValueExact();
                    }
                    default -> throw new IOException("the server answered '" + line + "'");
                }
            }
            throw new EOFException("the server ended before the command did");
        }
    }
}
