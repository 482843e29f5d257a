package dev.jbuild.registry.server;

import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The words after `serve` or `registry`.
sealed interface Arguments
        permits Arguments.Help,
                Arguments.Serve,
                Arguments.Configured,
                RegistryArguments.Run,
                RegistryArguments.Account {
    String HELP =
            """
            usage: jbuild serve --config FILE
                   jbuild serve --root DIR [--listen HOST:PORT] [--policy FILE] [--users FILE] [--tls-cert FILE --tls-key FILE]
                                [--tls-clients FILE] [--audit FILE] [--log requests] [--debug]

            Serves the registry in DIR over HTTP until SIGTERM or SIGINT (exit code 0). Without --policy, --users and users
            of its own (jbuild registry user add), everyone may do everything.

              --config FILE        all options in one file (YAML); goes without the others but --debug
              --root DIR           the directory of all that the registry keeps; made if it is missing
              --listen HOST:PORT   where to listen; default 127.0.0.1:5000; port 0: any free one
              --policy FILE        who may do what with which repository (YAML); without it, who logs in may do all
              --users FILE         users with bcrypt passwords, as htpasswd -B writes them
              --tls-cert FILE      certificate and those above it, PEM; with it, https
              --tls-key FILE       its key, PEM (PKCS #8)
              --tls-clients FILE   authorities of client certificates, PEM; the common name is the user
              --audit FILE         a line of JSON for each change and each login that failed, appended
              --log requests       a line for each request on standard error
              --debug              stack traces of failures
              --help               this text
            """;
    String DEFAULT_LISTEN = "127.0.0.1:5000";

    record Help(String text) implements Arguments {}

    /// By a configuration file.
    record Configured(Path file, boolean debug) implements Arguments {}

    /// @param files by option, those that were given
    record Serve(
            Path root,
            InetSocketAddress listen,
            Map<String, Path> files,
            boolean logRequests,
            boolean debug)
            implements Arguments {
        Optional<Path> file(String option) {
            return Optional.ofNullable(files.get(option));
        }
    }

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
        Map<String, Path> files = new HashMap<>();
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
                case "--root",
                        "--listen",
                        "--log",
                        "--config",
                        "--policy",
                        "--users",
                        "--tls-cert",
                        "--tls-key",
                        "--tls-clients",
                        "--audit" -> {
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
                        case "--log" -> logRequests = isRequests(value);
                        default -> files.put(name, file(name, value));
                    }
                }
                default -> throw new UsageException("unknown argument '" + word + "'");
            }
        }
        if (files.containsKey("--config")) {
            if (files.size() > 1 || root != null || logRequests || !listen.equals(DEFAULT_LISTEN)) {
                throw new UsageException("'--config' goes without other options; put them there");
            }
            return new Configured(files.get("--config"), debug);
        }
        if (files.containsKey("--tls-cert") != files.containsKey("--tls-key")) {
            throw new UsageException("'--tls-cert' and '--tls-key' need each other");
        }
        if (files.containsKey("--tls-clients") && !files.containsKey("--tls-cert")) {
            throw new UsageException("'--tls-clients' needs '--tls-cert' and '--tls-key'");
        }
        return new Serve(path(root), address(listen), files, logRequests, debug);
    }

    private static Path file(String option, String value) throws UsageException {
        try {
            return Path.of(value).toAbsolutePath();
        } catch (InvalidPathException e) {
            throw new UsageException("'" + option + " " + value + "' is no path: " + e.getReason());
        }
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
    static InetSocketAddress address(String listen) throws UsageException {
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
