package dev.jbuild.registry.server;

import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.Arrays;

/// The command `serve`: a registry in the foreground, until SIGTERM or SIGINT. The only class here
/// that prints or ends the process.
public final class Main {
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    private Main() {}

    /// @param words what follows `serve` on the command line
    public static void main(String[] words) throws InterruptedException {
        boolean debug = Arrays.asList(words).contains("--debug");
        try {
            switch (Arguments.parse(words)) {
                case Arguments.Help _ -> System.out.print(Arguments.HELP);
                case Arguments.Serve serve -> serve(serve);
            }
        } catch (Arguments.UsageException e) {
            fail(e, debug, USAGE);
        } catch (ServerStartException e) {
            fail(e, debug, FAILED);
        }
    }

    private static void serve(Arguments.Serve serve)
            throws ServerStartException, InterruptedException {
        PrintStream log = System.err;
        ServerConfig config =
                new ServerConfig(serve.root(), serve.listen())
                        .withFailures(failure -> logFailure(log, failure, serve.debug()));
        if (serve.logRequests()) {
            config = config.withRequests(request -> log.println(logLine(request)));
        }
        RegistryServer server = RegistryServer.start(config);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> shutDown(server), "shutdown"));
        System.out.println("jbuild registry listening on " + url(server.address()));
        System.out.flush();
        Thread.currentThread().join(); // until a signal
    }

    /// A server ended by a signal has done what it was asked to: the exit code is 0, not the
    /// signal's.
    private static void shutDown(RegistryServer server) {
        server.close();
        Runtime.getRuntime().halt(0);
    }

    private static String url(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        if (address.getAddress().isAnyLocalAddress()) {
            host = "0.0.0.0";
        } else if (host.indexOf(':') >= 0) {
            host = "[" + host + "]";
        }
        return "http://" + host + ":" + address.getPort();
    }

    private static String logLine(RequestRecord request) {
        return "time="
                + request.at()
                + " method="
                + quoted(request.method())
                + " path="
                + quoted(request.path())
                + " status="
                + request.status()
                + " bytes="
                + request.bytes()
                + " micros="
                + request.took().toNanos() / 1000;
    }

    /// One line stays one line, whatever a client sends.
    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.chars()
                .forEach(
                        c -> {
                            if (c == '"' || c == '\\') {
                                quoted.append('\\').append((char) c);
                            } else if (c < ' ' || c == 127) {
                                quoted.append(String.format("\\x%02x", c));
                            } else {
                                quoted.append((char) c);
                            }
                        });
        return quoted.append('"').toString();
    }

    private static void logFailure(PrintStream log, Exception failure, boolean debug) {
        Throwable cause = failure.getCause();
        log.println(
                "jbuild registry: "
                        + failure.getMessage()
                        + (cause == null ? "" : " (" + cause + ")"));
        if (debug) {
            failure.printStackTrace(log);
        }
    }

    private static void fail(Exception failure, boolean debug, int code) {
        System.err.println("jbuild serve: " + failure.getMessage());
        if (debug) {
            failure.printStackTrace(System.err);
        }
        System.exit(code);
    }
}
