package dev.jbuild.registry.server;

import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.access.RepositoryPattern;
import dev.jbuild.registry.server.netty.TlsConfig;
import dev.jbuild.registry.server.operation.Operation;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import dev.jbuild.registry.server.storage.RepositoryRules;
import dev.jbuild.registry.server.yaml.Yaml;
import dev.jbuild.registry.server.yaml.YamlException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;

/// The file of `serve --config`: every option of the server, each with a default. Paths are
/// relative to the file's directory; durations are a number with `s`, `m`, `h` or `d`.
final class ConfigFile {
    private static final Set<String> OPTIONS =
            Set.of(
                    "root",
                    "listen",
                    "log",
                    "tls",
                    "access",
                    "audit",
                    "proxies",
                    "connections",
                    "url",
                    "sparse",
                    "uploads",
                    "garbage",
                    "drain",
                    "path-prefix",
                    "read-only",
                    "immutable-tags",
                    "retention",
                    "scrub",
                    "webhooks",
                    "quotas");

    /// Longer than any push is without a byte, or between its blobs and its manifest.
    private static final Duration SHORTEST_KEEP = Duration.ofMinutes(10);

    /// Longer than any request that was answered from a file reads on in it.
    private static final Duration SHORTEST_QUARANTINE = Duration.ofMinutes(1);

    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(10);

    private final Path directory;
    private final Yaml.Mapping file;
    private final List<Needed> needed = new ArrayList<>();

    private ConfigFile(Path directory, Yaml.Mapping file) {
        this.directory = directory;
        this.file = file;
    }

    /// @param config what the server is started with
    /// @param logRequests whether requests are logged
    /// @param logJson whether as JSON
    /// @param needed the files that a server reads at its start
    record Settings(
            ServerConfig config, boolean logRequests, boolean logJson, List<Needed> needed) {
        Settings {
            needed = List.copyOf(needed);
        }

        /// @throws YamlException if one of the files that are needed can't be read
        void requireFiles() throws YamlException {
            for (Needed file : needed) {
                file.require();
            }
        }
    }

    /// A file that the configuration names.
    record Needed(Yaml value, String option, Path path) {
        private void require() throws YamlException {
            if (!Files.isReadable(path)) {
                throw value.problem(
                        option
                                + ": '"
                                + path
                                + "' "
                                + (Files.exists(path)
                                        ? "can't be read by this user"
                                        : "is not there"));
            }
        }
    }

    /// @throws YamlException says what is wrong, with file and line
    static Settings read(Path path) throws IOException, YamlException {
        Path absolute = path.toAbsolutePath();
        Yaml.Mapping file =
                Yaml.parse(path.toString(), Files.readAllBytes(absolute))
                        .asMapping("the configuration");
        file.requireOnly(OPTIONS);
        Path directory = absolute.getParent();
        return new ConfigFile(directory == null ? absolute : directory, file).settings();
    }

    private Settings settings() throws YamlException {
        Yaml root = required(file, "root");
        Path data = path(root, "'root'");
        InetSocketAddress listen = listen();
        ServerConfig config = new ServerConfig(data, listen);
        Optional<Yaml> sparse = file.get("sparse");
        if (sparse.isPresent()) {
            List<RepositoryPattern> patterns = patterns(sparse.get(), "'sparse'");
            config = config.withSparse(name -> matches(patterns, name));
        }
        Yaml.Mapping uploads = section("uploads", "keep", "per-repository", "per-user");
        config = config.withUploadAge(atLeast(SHORTEST_KEEP, uploads, "keep", config.uploadAge()));
        RepositoryRules rules = RuleOptions.read(file).withUploads(RuleOptions.uploads(uploads));
        config = garbage(config, rules);
        config = config.withDrain(duration(file, "drain", config.drain()));
        config = config.withTls(tls()).withAccess(access(data));
        config =
                config.withOperation(operation())
                        .withRules(rules)
                        .withConnections(ConnectionOptions.read(file, proxies()))
                        .withScrub(ScrubOptions.read(file, directory))
                        .withHooks(WebhookOptions.read(file, directory, url()));
        Yaml.Mapping log = section("log", "requests", "format");
        return new Settings(config, flag(log, "requests"), isJson(log), needed);
    }

    private InetSocketAddress listen() throws YamlException {
        Optional<Yaml> listen = file.get("listen");
        try {
            return Arguments.address(
                    listen.isPresent()
                            ? listen.get().asText("'listen'")
                            : Arguments.DEFAULT_LISTEN);
        } catch (Arguments.UsageException _) {
            throw listen.orElse(file)
                    .problem("'listen' is not HOST:PORT with a port from 0 to 65535");
        }
    }

    private ServerConfig garbage(ServerConfig config, RepositoryRules rules) throws YamlException {
        Yaml.Mapping garbage = section("garbage", "keep", "quarantine", "untagged", "pause");
        GarbagePolicy known = config.garbage();
        Duration keep = atLeast(SHORTEST_KEEP, garbage, "keep", known.grace().time());
        Duration quarantine =
                atLeast(SHORTEST_QUARANTINE, garbage, "quarantine", known.quarantine());
        return config.withGarbage(
                        new GarbagePolicy(
                                new GarbagePolicy.Age(keep),
                                quarantine,
                                untagged(garbage),
                                RetentionOptions.read(file, rules.immutable())))
                .withUpkeep(atLeast(SHORTEST_PAUSE, garbage, "pause", config.upkeep()));
    }

    /// A duration for all, or a list of patterns with durations, the first of which counts.
    private static Function<RepositoryName, Optional<GarbagePolicy.Age>> untagged(
            Yaml.Mapping garbage) throws YamlException {
        Optional<Yaml> untagged = garbage.get("untagged");
        if (untagged.isEmpty()) {
            return _ -> Optional.empty();
        }
        if (!(untagged.get() instanceof Yaml.Sequence rules)) {
            GarbagePolicy.Age age =
                    new GarbagePolicy.Age(duration(garbage, "untagged", Duration.ZERO));
            return _ -> Optional.of(age);
        }
        record Rule(List<RepositoryPattern> repositories, GarbagePolicy.Age age) {}
        List<Rule> read = new ArrayList<>();
        for (Yaml item : rules.items()) {
            Yaml.Mapping rule = item.asMapping("an item of 'untagged'");
            rule.requireOnly(Set.of("repositories", "after"));
            required(rule, "after");
            read.add(
                    new Rule(
                            patterns(required(rule, "repositories"), "'repositories'"),
                            new GarbagePolicy.Age(duration(rule, "after", Duration.ZERO))));
        }
        return name ->
                read.stream()
                        .filter(rule -> matches(rule.repositories(), name))
                        .map(Rule::age)
                        .findFirst();
    }

    private Operation operation() throws YamlException {
        return new Operation(pathPrefix(), flag(file, "read-only"));
    }

    private String pathPrefix() throws YamlException {
        Optional<Yaml> prefix = file.get("path-prefix");
        String text = prefix.isPresent() ? prefix.get().asText("'path-prefix'") : "";
        if (!text.matches("(/[A-Za-z0-9._~-]+)*")) {
            throw prefix.orElse(file).problem("'path-prefix' is no path such as /registry");
        }
        return text;
    }

    private static boolean isJson(Yaml.Mapping log) throws YamlException {
        Optional<Yaml> format = log.get("format");
        if (format.isEmpty()) {
            return false;
        }
        return switch (format.get().asText("'format'")) {
            case "text" -> false;
            case "json" -> true;
            default -> throw format.get().problem("'format' is text or json");
        };
    }

    private Optional<TlsConfig> tls() throws YamlException {
        Optional<Yaml> section = file.get("tls");
        if (section.isEmpty()) {
            return Optional.empty();
        }
        Yaml.Mapping tls = section("tls", "certificate", "key", "clients", "clients-only");
        if (flag(tls, "clients-only") && tls.get("clients").isEmpty()) {
            throw tls.problem("'clients-only' needs 'clients': who could show a certificate?");
        }
        return Optional.of(
                new TlsConfig(
                        needed(required(tls, "certificate"), "'certificate'"),
                        needed(required(tls, "key"), "'key'"),
                        needed(tls, "clients"),
                        flag(tls, "clients-only")));
    }

    private Optional<AccessConfig> access(Path root) throws YamlException {
        Yaml.Mapping access =
                section(
                        "access",
                        "policy",
                        "users",
                        "service",
                        "token-life",
                        "requests-per-second");
        Yaml.Mapping audit = section("audit", "file", "reads");
        AccessConfig known = AccessConfig.of(root);
        boolean clients =
                section("tls", "certificate", "key", "clients", "clients-only")
                        .get("clients")
                        .isPresent();
        Optional<URI> url = url();
        Set<InetAddress> proxies = proxies();
        if (file.get("access").isEmpty() && !clients && !Files.exists(known.accounts())) {
            if (file.get("audit").isPresent()) {
                throw audit.problem("'audit' needs 'access': without it nobody has a name");
            }
            return Optional.empty();
        }
        Duration life = duration(access, "token-life", known.tokenLife());
        if (life.compareTo(Duration.ofMinutes(1)) < 0) {
            throw access.problem("'token-life' is shorter than a minute; clients rely on that");
        }
        Optional<Yaml> service = access.get("service");
        return Optional.of(
                new AccessConfig(
                        root,
                        service.isPresent() ? service.get().asText("'service'") : known.service(),
                        needed(access, "policy"),
                        needed(access, "users"),
                        url,
                        proxies,
                        rate(access),
                        path(audit, "file"),
                        flag(audit, "reads"),
                        life));
    }

    private Optional<URI> url() throws YamlException {
        Optional<Yaml> url = file.get("url");
        if (url.isEmpty()) {
            return Optional.empty();
        }
        String text = url.get().asText("'url'");
        if (!text.matches("https?://[A-Za-z0-9.:\\[\\]-]+(/[A-Za-z0-9._~/-]*)?")) {
            throw url.get().problem("'url' is no address such as https://registry.example");
        }
        String path = URI.create(text).getPath();
        String prefix = pathPrefix();
        if (!(path.endsWith("/") ? path.substring(0, path.length() - 1) : path).endsWith(prefix)) {
            throw url.get()
                    .problem(
                            "'url' does not end with the 'path-prefix' '"
                                    + prefix
                                    + "': clients would look for tokens where there is nothing");
        }
        return Optional.of(URI.create(text));
    }

    private Set<InetAddress> proxies() throws YamlException {
        Set<InetAddress> proxies = new HashSet<>();
        Optional<Yaml> list = file.get("proxies");
        if (list.isPresent()) {
            for (Yaml proxy : list.get().asSequence("'proxies'").items()) {
                try {
                    proxies.add(InetAddress.ofLiteral(proxy.asText("a proxy")));
                } catch (IllegalArgumentException e) {
                    throw proxy.problem("a proxy is an IP address, such as 127.0.0.1");
                }
            }
        }
        return proxies;
    }

    private static OptionalDouble rate(Yaml.Mapping access) throws YamlException {
        Optional<Yaml> rate = access.get("requests-per-second");
        if (rate.isEmpty()) {
            return OptionalDouble.empty();
        }
        String text = rate.get().asText("'requests-per-second'");
        if (!text.matches("[0-9]{1,6}(\\.[0-9]{1,3})?") || Double.parseDouble(text) == 0) {
            throw rate.get().problem("'requests-per-second' is no number above 0");
        }
        return OptionalDouble.of(Double.parseDouble(text));
    }

    /// Empty if it is absent.
    private Yaml.Mapping section(String name, String... options) throws YamlException {
        Optional<Yaml> section = file.get(name);
        if (section.isEmpty()) {
            return new Yaml.Mapping(file.file(), file.line(), java.util.Map.of());
        }
        Yaml.Mapping mapping = section.get().asMapping("'" + name + "'");
        mapping.requireOnly(Set.of(options));
        return mapping;
    }

    private Optional<Path> path(Yaml.Mapping section, String option) throws YamlException {
        Optional<Yaml> value = section.get(option);
        return value.isEmpty()
                ? Optional.empty()
                : Optional.of(path(value.get(), "'" + option + "'"));
    }

    private Optional<Path> needed(Yaml.Mapping section, String option) throws YamlException {
        Optional<Yaml> value = section.get(option);
        return value.isEmpty()
                ? Optional.empty()
                : Optional.of(needed(value.get(), "'" + option + "'"));
    }

    private Path needed(Yaml value, String what) throws YamlException {
        Path path = path(value, what);
        needed.add(new Needed(value, what, path));
        return path;
    }

    private Path path(Yaml value, String what) throws YamlException {
        try {
            return directory.resolve(value.asText(what)).normalize();
        } catch (InvalidPathException e) {
            throw value.problem(what + " is no path: " + e.getReason());
        }
    }

    private static Duration atLeast(
            Duration least, Yaml.Mapping section, String option, Duration otherwise)
            throws YamlException {
        Duration given = duration(section, option, otherwise);
        Optional<Yaml> value = section.get(option);
        if (value.isPresent() && given.compareTo(least) < 0) {
            throw value.get()
                    .problem("'" + option + "' is shorter than " + least.toSeconds() + "s");
        }
        return given;
    }

    static Duration duration(Yaml.Mapping section, String option, Duration otherwise)
            throws YamlException {
        Optional<Yaml> value = section.get(option);
        if (value.isEmpty()) {
            return otherwise;
        }
        String text = value.get().asText("'" + option + "'");
        if (!text.matches("[0-9]{1,9}[smhd]")) {
            throw value.get()
                    .problem("'" + option + "' is no duration such as 30s, 10m, 12h or 7d");
        }
        long number = Long.parseLong(text.substring(0, text.length() - 1));
        return switch (text.charAt(text.length() - 1)) {
            case 's' -> Duration.ofSeconds(number);
            case 'm' -> Duration.ofMinutes(number);
            case 'h' -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }

    private static boolean flag(Yaml.Mapping section, String option) throws YamlException {
        Optional<Yaml> value = section.get(option);
        if (value.isEmpty()) {
            return false;
        }
        return switch (value.get().asText("'" + option + "'")) {
            case "true" -> true;
            case "false" -> false;
            default -> throw value.get().problem("'" + option + "' is true or false");
        };
    }

    static List<RepositoryPattern> patterns(Yaml list, String what) throws YamlException {
        List<RepositoryPattern> patterns = new ArrayList<>();
        for (Yaml item : list.asSequence(what).items()) {
            try {
                patterns.add(RepositoryPattern.of(item.asText("a pattern")));
            } catch (IllegalArgumentException e) {
                throw item.problem(String.valueOf(e.getMessage()));
            }
        }
        return patterns;
    }

    static boolean matches(List<RepositoryPattern> patterns, RepositoryName name) {
        return patterns.stream().anyMatch(pattern -> pattern.matches(name));
    }

    static Yaml required(Yaml.Mapping mapping, String key) throws YamlException {
        Optional<Yaml> value = mapping.get(key);
        if (value.isEmpty()) {
            throw mapping.problem("'" + key + "' is missing");
        }
        return value.get();
    }
}
