package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.netty.ConnectionLimits;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import dev.jbuild.registry.server.storage.RetentionPolicy;
import dev.jbuild.registry.server.storage.UploadLimits;
import dev.jbuild.registry.server.upkeep.ScrubPolicy;
import dev.jbuild.registry.server.webhook.Hooks;
import dev.jbuild.registry.server.webhook.Webhook;
import dev.jbuild.registry.server.yaml.YamlException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
    private static final Path SAMPLE = Path.of("../samples/registry/config.yaml");
    private static final RepositoryName APP = new RepositoryName("mirror/app");

    @TempDir Path directory;

    @Test
    void the_root_is_all_that_is_needed() throws Exception {
        ConfigFile.Settings settings = read("root: data\n");
        ServerConfig config = settings.config();
        assertEquals(directory.resolve("data"), config.root());
        assertEquals("/127.0.0.1:5000", config.listen().toString());
        assertEquals(Optional.empty(), config.access());
        assertEquals(Optional.empty(), config.tls());
        assertFalse(settings.logRequests());
    }

    @Test
    void the_sample_says_the_defaults() throws Exception {
        ServerConfig sample = ConfigFile.read(SAMPLE).config();
        ServerConfig defaults = read("root: data\n").config();
        assertEquals(defaults.listen(), sample.listen());
        assertEquals(defaults.drain(), sample.drain());
        assertEquals(defaults.uploadAge(), sample.uploadAge());
        assertEquals(defaults.rules().uploads(), sample.rules().uploads());
        assertEquals(defaults.upkeep(), sample.upkeep());
        assertEquals(defaults.garbage().grace(), sample.garbage().grace());
        assertEquals(defaults.garbage().quarantine(), sample.garbage().quarantine());
        assertEquals(defaults.connections().most(), sample.connections().most());
        assertEquals(defaults.connections().perAddress(), sample.connections().perAddress());
        assertFalse(sample.sparse().test(APP));
    }

    @Test
    void connections_have_bounds_and_proxies_none_of_their_own() throws Exception {
        ConnectionLimits limits =
                read("""
                                root: data
                                proxies: [192.0.2.7]
                                connections:
                                  most: 500
                                  per-address: 20
                                """)
                        .config()
                        .connections();
        assertEquals(500, limits.most());
        assertEquals(20, limits.perAddress());
        assertTrue(limits.unlimited().test(InetAddress.ofLiteral("192.0.2.7")));
        assertTrue(limits.unlimited().test(InetAddress.ofLiteral("127.0.0.1")));
        assertFalse(limits.unlimited().test(InetAddress.ofLiteral("192.0.2.8")));
    }

    @Test
    void what_the_sample_shows_behind_a_hash_is_valid_too() throws Exception {
        String all =
                Pattern.compile("^# ( *[a-z-]+:.*|  +[a-z-]+:.*)$", Pattern.MULTILINE)
                        .matcher(Files.readString(SAMPLE))
                        .replaceAll("$1")
                        .replace("  # untagged", "  untagged");
        ServerConfig config = read(all).config();
        AccessConfig access = config.access().orElseThrow();
        assertEquals(Optional.of(directory.resolve("policy.yaml")), access.policy());
        assertEquals(Optional.of(directory.resolve("users.htpasswd")), access.htpasswd());
        assertEquals("registry.example", access.service());
        assertEquals(OptionalDouble.of(50), access.requestsPerSecond());
        assertEquals(Optional.of(directory.resolve("audit.log")), access.audit());
        assertEquals(Set.of(InetAddress.ofLiteral("127.0.0.1")), access.proxies());
        assertEquals("https://registry.example/hub", "" + access.url().orElseThrow());
        assertEquals(directory.resolve("key.pem"), config.tls().orElseThrow().key());
        assertEquals(
                Optional.of(new GarbagePolicy.Age(Duration.ofDays(30))),
                config.garbage().untagged(APP, false));
    }

    @Test
    void unfinished_uploads_have_bounds() throws Exception {
        UploadLimits limits =
                read("root: x\nuploads: {per-repository: 7, per-user: 20}\n")
                        .config()
                        .rules()
                        .uploads();
        assertEquals(new UploadLimits(7, 20), limits);
        assertEquals(
                "3: 'per-user' is no number from 1 to 999999999",
                problem("root: x\nuploads:\n  per-user: 0\n"));
    }

    @Test
    void repositories_that_may_be_sparse_are_patterns() throws Exception {
        ServerConfig config = read("root: x\nsparse: ['mirror/**']\n").config();
        assertTrue(config.sparse().test(APP));
        assertFalse(config.sparse().test(new RepositoryName("app")));
    }

    @Test
    void rules_sizes_and_patterns_are_read() throws Exception {
        ConfigFile.Settings settings =
                read(
                        """
                        root: data
                        path-prefix: /hub/registry
                        read-only: true
                        log:
                          format: json
                        garbage:
                          untagged:
                            - repositories: ["mirror/**"]
                              after: 12h
                        immutable-tags:
                          - repositories: ["**"]
                            tags: ["v*", "release"]
                        quotas:
                          total: 2TiB
                          repositories:
                            - repositories: ["mirror/**"]
                              size: 10GB
                        """);
        ServerConfig config = settings.config();
        RepositoryName other = new RepositoryName("other");
        assertTrue(settings.logJson());
        assertEquals("/hub/registry", config.operation().pathPrefix());
        assertTrue(config.operation().readOnly());
        assertEquals(
                Optional.of(new GarbagePolicy.Age(Duration.ofHours(12))),
                config.garbage().untagged(APP, false));
        assertEquals(Optional.empty(), config.garbage().untagged(other, false));
        assertTrue(config.rules().immutable().test(other, new Tag("v1.2")));
        assertFalse(config.rules().immutable().test(other, new Tag("latest")));
        assertEquals(OptionalLong.of(2L << 40), config.rules().mostBytes());
        assertEquals(OptionalLong.of(10_000_000_000L), config.rules().mostBytesOf().apply(APP));
        assertEquals(OptionalLong.empty(), config.rules().mostBytesOf().apply(other));
    }

    @Test
    void retention_is_read_rule_by_rule() throws Exception {
        ServerConfig config =
                read("""
                                root: data
                                immutable-tags: [{repositories: ["**"], tags: [release]}]
                                retention:
                                  - repositories: ["**"]
                                    tags: ["v*"]
                                    keep: all
                                  - repositories: ["mirror/**"]
                                    keep: 10
                                    after: 30d
                                """)
                        .config();
        RetentionPolicy retention = config.garbage().retention();
        assertEquals(2, retention.rules().size());
        assertEquals(RetentionPolicy.Rule.ALL, retention.rules().getFirst().newest());
        assertTrue(retention.rules().getFirst().tags().test(new Tag("v1")));
        assertFalse(retention.rules().getFirst().tags().test(new Tag("latest")));
        assertEquals(10, retention.rules().getLast().newest());
        assertEquals(Duration.ofDays(30), retention.rules().getLast().after());
        assertFalse(retention.rules().getLast().repositories().test(new RepositoryName("other")));
        assertTrue(retention.immutable().test(APP, new Tag("release")));
    }

    @Test
    void webhooks_are_read_with_their_defaults() throws Exception {
        Files.writeString(directory.resolve("hook.secret"), "0123456789abcdef");
        Hooks hooks =
                read("""
                                root: data
                                url: https://registry.test
                                webhooks:
                                  - {name: all, url: "http://127.0.0.1:8080/"}
                                  - name: some
                                    url: https://ci.test/hook?token=x
                                    repositories: ["mirror/**"]
                                    events: [push, untag]
                                    secret: hook.secret
                                    give-up: 2h
                                """)
                        .config()
                        .hooks();
        assertEquals("https://registry.test", hooks.source());
        Webhook all = hooks.webhooks().getFirst();
        assertEquals(EnumSet.allOf(Webhook.Event.class), all.events());
        assertTrue(all.repositories().test(APP));
        assertEquals(Duration.ofDays(1), all.giveUp());
        Webhook some = hooks.webhooks().getLast();
        assertEquals(Set.of(Webhook.Event.PUSH, Webhook.Event.UNTAG), some.events());
        assertFalse(some.repositories().test(new RepositoryName("other")));
        assertEquals(Optional.of(directory.resolve("hook.secret")), some.secret());
        assertEquals(Duration.ofHours(2), some.giveUp());
    }

    @Test
    void errors_in_webhooks_name_file_and_line_but_no_secret() throws Exception {
        String hook = "root: x\nwebhooks:\n  - name: ci\n";
        assertEquals("3: 'url' is missing", problem(hook));
        assertEquals(
                "4: 'url' is no address such as https://ci.example/hook, without a password",
                problem(hook + "    url: https://user:hunter2@ci.test/\n"));
        String known = hook + "    url: https://ci.test/\n";
        assertEquals(
                "5: an event is push, delete, tag or untag",
                problem(known + "    events: [pull]\n"));
        assertEquals(
                "5: there are two webhooks of this name",
                problem(known + "  - {name: ci, url: 'https://other.test/'}\n"));
        Path secret = Files.writeString(directory.resolve("short"), "hunter2");
        assertEquals(
                "5: 'secret' can't be read: the secret in '"
                        + secret
                        + "' has 7 bytes; 16 is the least (openssl rand -base64 32)",
                problem(known + "    secret: short\n"));
    }

    @Test
    void errors_in_retention_name_file_and_line() {
        String rule = "root: x\nretention:\n  - repositories: ['**']\n";
        assertEquals(
                "3: 'keep' or 'after' is missing: how many tags stay, and for how long",
                problem(rule));
        assertEquals(
                "4: 'keep' is a number from 1 to 1000, or all", problem(rule + "    keep: 0\n"));
        assertEquals(
                "5: 'after' says nothing where 'keep' is all",
                problem(rule + "    keep: all\n    after: 1d\n"));
        assertEquals("3: 'repositories' is missing", problem("root: x\nretention:\n  - keep: 1\n"));
        assertEquals(
                "4: unknown key 'untagged'; known here: after, keep, repositories, tags",
                problem(rule + "    untagged: 1d\n"));
    }

    @Test
    void errors_in_rules_name_file_and_line() {
        assertEquals(
                "2: 'path-prefix' is no path such as /registry",
                problem("root: x\npath-prefix: registry/\n"));
        assertEquals(
                "3: no size such as 500MB, 20GiB or 1TB",
                problem("root: x\nquotas:\n  total: much\n"));
        assertEquals(
                "3: 'tags' is missing",
                problem("root: x\nimmutable-tags:\n  - repositories: ['a']\n"));
        assertEquals("3: 'format' is text or json", problem("root: x\nlog:\n  format: xml\n"));
    }

    @Test
    void errors_name_file_and_line() {
        assertEquals("1: 'root' is missing", problem(""));
        assertEquals("2: 'access' has no value", problem("root: x\naccess:\n  # policy: p\n"));
        assertEquals(
                "2: unknown key 'lissten'; known here: access, audit, connections, drain, garbage, immutable-tags, listen, log, path-prefix, proxies, quotas, read-only, retention, root, scrub, sparse, tls, uploads, url, webhooks",
                problem("root: x\nlissten: :5000\n"));
        assertEquals(
                "2: 'listen' is not HOST:PORT with a port from 0 to 65535",
                problem("root: x\nlisten: 5000\n"));
        assertEquals(
                "2: 'drain' is no duration such as 30s, 10m, 12h or 7d",
                problem("root: x\ndrain: 30 seconds\n"));
        assertEquals("3: 'key' is missing", problem("root: x\ntls:\n  certificate: c\n"));
        assertEquals("3: 'requests' is true or false", problem("root: x\nlog:\n  requests: yes\n"));
        assertEquals(
                "2: a proxy is an IP address, such as 127.0.0.1",
                problem("root: x\nproxies: [localhost]\n"));
        assertEquals(
                "3: 'audit' needs 'access': without it nobody has a name",
                problem("root: x\naudit:\n  file: a\n"));
        assertEquals(
                "3: 'token-life' is shorter than a minute; clients rely on that",
                problem("root: x\naccess:\n  token-life: 5s\n"));
        assertEquals(
                "3: 'requests-per-second' is no number above 0",
                problem("root: x\naccess:\n  requests-per-second: 0\n"));
        assertEquals(
                "3: 'most' is no number from 1 to 9999999",
                problem("root: x\nconnections:\n  most: 0\n"));
        assertEquals(
                "2: 'url' is no address such as https://registry.example",
                problem("root: x\nurl: registry\n"));
    }

    @Test
    void garbage_is_not_collected_before_a_push_can_have_ended() {
        assertEquals("3: 'keep' is shorter than 600s", problem("root: x\ngarbage:\n  keep: 0s\n"));
        assertEquals(
                "4: 'quarantine' is shorter than 60s",
                problem("root: x\ngarbage:\n  keep: 10m\n  quarantine: 59s\n"));
        assertEquals("2: 'pause' is shorter than 10s", problem("root: x\ngarbage: {pause: 0s}\n"));
        assertEquals("3: 'keep' is shorter than 600s", problem("root: x\nuploads:\n  keep: 9m\n"));
    }

    @Test
    void address_has_to_end_with_the_path_prefix() throws Exception {
        String prefix = "root: x\npath-prefix: /reg\naccess: {service: s}\nurl: ";
        for (String url : List.of("https://a.example/reg", "https://a.example/outer/reg/")) {
            assertEquals(
                    url, read(prefix + url).config().access().orElseThrow().url().get().toString());
        }
        for (String url : List.of("https://a.example", "https://a.example/reg/more")) {
            assertEquals(
                    "4: 'url' does not end with the 'path-prefix' '/reg': clients would look for"
                            + " tokens where there is nothing",
                    problem(prefix + url));
        }
    }

    @Test
    void files_that_a_server_needs_are_asked_for_by_line_when_it_starts() throws Exception {
        Path there = Files.writeString(directory.resolve("there"), "");
        for (String option : List.of("policy", "users", "certificate")) {
            String text =
                    "root: x\n"
                            + (option.equals("certificate") ? "tls:\n  key: there\n" : "access:\n")
                            + "  "
                            + option
                            + ": ";
            long line = text.lines().count();
            ConfigFile.Settings settings = read(text + "nowhere\n");
            assertEquals(
                    directory.resolve("config.yaml")
                            + ":"
                            + line
                            + ": '"
                            + option
                            + "': '"
                            + directory.resolve("nowhere")
                            + "' is not there",
                    assertThrows(YamlException.class, settings::requireFiles).getMessage());
            read(text + there.getFileName() + "\n").requireFiles();
        }
    }

    @Test
    void path_that_is_none_is_refused_with_its_line() {
        assertEquals(
                "1: 'root' is no path: Nul character not allowed", problem("root: \"a\\0b\"\n"));
    }

    @Test
    void scrubs_have_a_time_a_rate_and_a_mirror() throws Exception {
        Files.writeString(directory.resolve("mirror.password"), "secret");
        ScrubPolicy scrub =
                read("""
                                root: x
                                scrub:
                                  every: 7d
                                  rate: 20MB
                                  mirror:
                                    url: https://mirror.example/
                                    prefix: proxy/acme
                                    user: robot
                                    password: mirror.password
                                """)
                        .config()
                        .scrub();
        assertEquals(Optional.of(Duration.ofDays(7)), scrub.every());
        assertEquals(20_000_000, scrub.bytesPerSecond());
        assertEquals("https://mirror.example/proxy/acme", scrub.mirror().orElseThrow().name());
        assertEquals(ScrubPolicy.NEVER, read("root: x\n").config().scrub());
    }

    @Test
    void mirror_that_can_not_be_used_is_refused() throws Exception {
        Files.writeString(directory.resolve("p"), "secret");
        String mirror = "root: x\nscrub:\n  mirror:\n    url: ";
        assertEquals(
                "4: 'url' is no address such as https://mirror.example, without a path or password",
                problem(mirror + "https://a:b@mirror.example\n"));
        assertEquals(
                "4: the password would be sent without TLS; give an address with https",
                problem(mirror + "http://mirror.example\n    user: u\n    password: p\n"));
        assertEquals(
                "4: 'user' and 'password' go together",
                problem(mirror + "https://mirror.example\n    user: u\n"));
        assertTrue(
                problem(mirror + "https://mirror.example\n    user: u\n    password: none\n")
                        .startsWith("6: 'password' can't be read"));
        assertEquals(
                "3: 'every' is no time; leave it out to scrub only when asked to",
                problem("root: x\nscrub:\n  every: 0s\n"));
    }

    private String problem(String text) {
        String message =
                String.valueOf(assertThrows(YamlException.class, () -> read(text)).getMessage());
        String file = directory.resolve("config.yaml") + ":";
        assertTrue(message.startsWith(file), message);
        return message.substring(file.length());
    }

    private ConfigFile.Settings read(String text) throws Exception {
        return ConfigFile.read(Files.writeString(directory.resolve("config.yaml"), text));
    }
}
