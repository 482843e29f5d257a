package dev.jbuild.registry.server;

import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The words after `serve` or `registry`.
sealed interface Arguments permits Arguments.Help, Arguments.Serve, RegistryArguments.Run {
    String HELP =
            """
            usage: jbuild serve --root DIR [--listen HOST:PORT] [--log requests] [--debug]

            Serves the registry in DIR over HTTP until SIGTERM or SIGINT (exit code 0).

              --root DIR           the directory of all that the registry keeps; made if it is missing
              --listen HOST:PORT   where to listen; default 127.0.0.1:5000; port 0: any free one
              --log requests       a line for each request on standard error
              --debug              stack traces of failures
              --help               this text
            """;
    String DEFAULT_LISTEN = "127.0.0.1:5000";

    record Help(String text) implements Arguments {}

    record Serve(Path root, InetSocketAddress listen, boolean logRequests, boolean debug)
            implements Arguments {}

    /// The caller's mistake; the message says which.
    final class UsageException extends Exception {
        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            this(message, "serve");
        }

        UsageException(String message, String command) {
            super(message + " (see jbuild " + command + " --help)");
        }
    }

    static Arguments parse(String[] words) throws UsageException {
        String root = null;
        String listen = DEFAULT_LISTEN;
        boolean logRequests = false;
        boolean debug = false;
        for (int i = 0; i < words.length; i++) {
            String word = words[i];
            int equals = word.startsWith("--") ? word.indexOf('=') : -1;
            String name = equals < 0 ? word : word.substring(0, equals);
            switch (name) {
                case "--help", "-h" -> {
                    return new Help(HELP);
                }
                case "--debug" -> debug = true;
                case "--root", "--listen", "--log" -> {
                    String value;
                    if (equals >= 0) {
                        value = word.substring(equals + 1);
                    } else if (++i < words.length) {
                        value = words[i];
                    } else {
                        throw new UsageException("'" + name + "' needs a value");
                    }
                    switch (name) {
                        case "--root" -> root = value;
                        case "--listen" -> listen = value;
                        default -> logRequests = isRequests(value);
                    }
                }
                default -> throw new UsageException("unknown argument '" + word + "'");
            }
        }
        return new Serve(path(root), address(listen), logRequests, debug);
    }

    private static boolean isRequests(String value) throws UsageException {
        if (!value.equals("requests")) {
            throw new UsageException("'--log " + value + "': only 'requests' can be logged");
        }
        return true;
    }

    static Path path(@Nullable String root) throws UsageException {
        if (root == null || root.isEmpty()) {
            throw new UsageException("'--root DIR' is missing: where the registry keeps its data");
        }
        try {
            return Path.of(root).toAbsolutePath();
        } catch (InvalidPathException e) {
            throw new UsageException("'--root " + root + "' is no path: " + e.getReason());
        }
    }

    /// `host:port`, `[::1]:port` or `:port`.
    private static InetSocketAddress address(String listen) throws UsageException {
        int colon = listen.lastIndexOf(':');
        String host = colon < 0 ? "" : listen.substring(0, colon);
        String port = listen.substring(colon + 1);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        if (colon < 0 || !port.matches("\\d{1,5}") || Integer.parseInt(port) > 65535) {
            throw new UsageException(
                    "'--listen " + listen + "' is not HOST:PORT with a port from 0 to 65535");
        }
        return host.isEmpty()
                ? new InetSocketAddress(Integer.parseInt(port))
                : new InetSocketAddress(host, Integer.parseInt(port));
    }
}
