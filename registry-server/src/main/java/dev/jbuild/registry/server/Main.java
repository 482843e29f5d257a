package dev.jbuild.registry.server;

import dev.jbuild.oci.Json;
import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.netty.TlsConfig;
import dev.jbuild.registry.server.yaml.YamlException;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The command `serve`: a registry in the foreground, until SIGTERM or SIGINT. And the commands
/// `registry …` to one. The only class here that prints or ends the process.
public final class Main {
    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static volatile boolean failing;

    private Main() {}

    /// @param words what follows `serve` on the command line, or `registry` and what follows that
    public static void main(String[] words) throws InterruptedException {
        boolean debug = Arrays.asList(words).contains("--debug");
        boolean registry = words.length > 0 && words[0].equals("registry");
        String command = registry ? "jbuild registry" : "jbuild serve";
        try {
            Arguments arguments =
                    registry
                            ? RegistryArguments.parse(List.of(words).subList(1, words.length))
                            : Arguments.parse(words);
            switch (arguments) {
                case Arguments.Help(String text) -> System.out.print(text);
                case Arguments.Serve serve ->
                        serve(
                                new ConfigFile.Settings(
                                        config(serve), serve.logRequests(), false, List.of()),
                                serve.debug());
                case Arguments.Configured configured ->
                        serve(ready(configured.file()), configured.debug());
                case RegistryArguments.Account account -> {
                    int code = RegistryCommand.run(account, Main::password, System.out::println);
                    System.out.flush();
                    System.exit(code);
                }
                case RegistryArguments.Run run -> {
                    int code = RegistryCommand.run(run, System.out::println);
                    System.out.flush();
                    System.exit(code);
                }
            }
        } catch (Arguments.UsageException | IllegalArgumentException e) {
            fail(command, e, debug, USAGE);
        } catch (IOException | YamlException e) {
            fail(command, e, debug, FAILED);
        } catch (RuntimeException e) {
            fail(command, new IllegalStateException("internal error: " + e, e), debug, FAILED);
        }
    }

    private static ServerConfig config(Arguments.Serve serve) {
        return new ServerConfig(serve.root(), serve.listen())
                .withTls(tls(serve))
                .withAccess(access(serve));
    }

    private static ConfigFile.Settings ready(Path file) throws IOException, YamlException {
        ConfigFile.Settings settings = ConfigFile.read(file);
        settings.requireFiles();
        return settings;
    }

    private static void serve(ConfigFile.Settings settings, boolean debug)
            throws ServerStartException, InterruptedException {
        PrintStream log = System.err;
        ServerConfig config =
                settings.config()
                        .withNotices(notice -> log.println("jbuild registry: " + notice))
                        .withFailures(failure -> logFailure(log, failure, debug));
        if (settings.logRequests()) {
            config =
                    config.withRequests(
                            request ->
                                    log.println(
                                            settings.logJson()
                                                    ? jsonLine(request)
                                                    : logLine(request)));
        }
        AtomicReference<@Nullable RegistryServer> started = new AtomicReference<>();
        // Before the start, so that a signal meanwhile has the same end.
        if (!onShutdown(() -> shutDown(started))) {
            return;
        }
        RegistryServer server = RegistryServer.start(config);
        started.set(server);
        String scheme = config.tls().isPresent() ? "https://" : "http://";
        System.out.println("jbuild registry listening on " + scheme + host(server.address()));
        System.out.flush();
        Thread.currentThread().join(); // until a signal
    }

    /// @return false if the signal has come already: the process is about to end, and there is
    ///     nothing to say
    private static boolean onShutdown(Runnable end) {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(end, "shutdown"));
            return true;
        } catch (IllegalStateException _) {
            return false;
        }
    }

    /// A server ended by a signal has done what it was asked to: the exit code is 0, not the
    /// signal's. One that has not begun to answer has nothing to finish: whatever it was doing, its
    /// root is as after a kill, which is a valid state.
    private static void shutDown(AtomicReference<@Nullable RegistryServer> started) {
        if (!failing) {
            RegistryServer server = started.get();
            if (server != null) {
                server.close();
            }
            Runtime.getRuntime().halt(0);
        }
    }

    private static Optional<TlsConfig> tls(Arguments.Serve serve) {
        Optional<Path> key = serve.file("--tls-key");
        return key.isEmpty()
                ? Optional.empty()
                : serve.file("--tls-cert")
                        .map(
                                certificate ->
                                        new TlsConfig(
                                                certificate,
                                                key.get(),
                                                serve.file("--tls-clients"),
                                                false));
    }

    /// Access is controlled if anything says who there is, so that nobody is let in by mistake.
    private static Optional<AccessConfig> access(Arguments.Serve serve) {
        AccessConfig access = AccessConfig.of(serve.root());
        boolean controlled = Files.exists(access.accounts());
        for (String option : List.of("--policy", "--users", "--tls-clients")) {
            controlled |= serve.file(option).isPresent();
        }
        if (!controlled) {
            if (serve.file("--audit").isPresent()) {
                throw new IllegalArgumentException(
                        "'--audit' needs --policy, --users or users: without them nobody has a name");
            }
            return Optional.empty();
        }
        if (serve.file("--policy").isPresent()) {
            access = access.withPolicy(serve.file("--policy").get());
        }
        if (serve.file("--users").isPresent()) {
            access = access.withHtpasswd(serve.file("--users").get());
        }
        if (serve.file("--audit").isPresent()) {
            access = access.withAudit(serve.file("--audit").get(), false);
        }
        return Optional.of(access);
    }

    private static String password(String prompt) throws IOException {
        Optional<Console> console = Optional.ofNullable(System.console());
        if (console.isPresent() && console.get().isTerminal()) {
            char[] typed = console.get().readPassword("%s", prompt);
            if (typed != null) {
                return new String(typed);
            }
        }
        String line =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                        .readLine();
        if (line == null) {
            throw new IOException("no password on standard input");
        }
        return line;
    }

    private static String host(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        if (address.getAddress().isAnyLocalAddress()) {
            host = "0.0.0.0";
        } else if (host.indexOf(':') >= 0) {
            host = "[" + host + "]";
        }
        return host + ":" + address.getPort();
    }

    private static String jsonLine(RequestRecord request) {
        Json line =
                Json.object()
                        .put("time", request.at().toString())
                        .put("request", request.id())
                        .put("client", request.client().getHostAddress())
                        .put("method", request.method())
                        .put("path", request.path())
                        .put("status", request.status())
                        .put("bytes", request.bytes())
                        .put("micros", request.took().toNanos() / 1000)
                        .build();
        return new String(line.encode(), StandardCharsets.UTF_8);
    }

    private static String logLine(RequestRecord request) {
        return "time="
                + request.at()
                + " request="
                + request.id()
                + " client="
                + request.client().getHostAddress()
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

    private static void fail(String command, Exception failure, boolean debug, int code) {
        System.err.println(command + ": " + failure.getMessage());
        if (debug) {
            failure.printStackTrace(System.err);
        }
        failing = true;
        System.exit(code);
    }
}
