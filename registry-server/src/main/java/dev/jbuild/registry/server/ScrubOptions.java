package dev.jbuild.registry.server;

import dev.jbuild.oci.InvalidReferenceException;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.mirror.MirrorConfig;
import dev.jbuild.registry.server.mirror.RegistryMirror;
import dev.jbuild.registry.server.upkeep.Mirror;
import dev.jbuild.registry.server.upkeep.ScrubPolicy;
import dev.jbuild.registry.server.yaml.Yaml;
import dev.jbuild.registry.server.yaml.YamlException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/// The option `scrub` of the configuration file.
final class ScrubOptions {
    private static final Set<String> MIRROR =
            Set.of("url", "prefix", "user", "password", "authorities");

    private ScrubOptions() {}

    /// @param directory that paths are relative to
    static ScrubPolicy read(Yaml.Mapping file, Path directory) throws YamlException {
        Optional<Yaml> given = file.get("scrub");
        if (given.isEmpty()) {
            return ScrubPolicy.NEVER;
        }
        Yaml.Mapping section = given.get().asMapping("'scrub'");
        section.requireOnly(Set.of("every", "rate", "mirror"));
        Optional<Yaml> mirror = section.get("mirror");
        return new ScrubPolicy(
                every(section),
                rate(section),
                mirror.isEmpty()
                        ? Optional.empty()
                        : Optional.of(mirror(mirror.get().asMapping("'mirror'"), directory)));
    }

    private static Optional<Duration> every(Yaml.Mapping section) throws YamlException {
        Optional<Yaml> given = section.get("every");
        if (given.isEmpty()) {
            return Optional.empty();
        }
        Duration every = ConfigFile.duration(section, "every", Duration.ZERO);
        if (every.isZero()) {
            throw given.get()
                    .problem("'every' is no time; leave it out to scrub only when asked to");
        }
        return Optional.of(every);
    }

    private static long rate(Yaml.Mapping section) throws YamlException {
        Optional<Yaml> given = section.get("rate");
        if (given.isEmpty()) {
            return ScrubPolicy.STANDARD_RATE;
        }
        long rate = RuleOptions.size(given.get());
        if (rate < 1000) {
            throw given.get().problem("'rate' is less than 1kB (a second)");
        }
        return rate;
    }

    private static Mirror mirror(Yaml.Mapping mirror, Path directory) throws YamlException {
        mirror.requireOnly(MIRROR);
        Yaml url = ConfigFile.required(mirror, "url");
        Optional<Yaml> user = mirror.get("user");
        Optional<Yaml> password = mirror.get("password");
        if (user.isPresent() != password.isPresent()) {
            throw mirror.problem("'user' and 'password' go together");
        }
        Optional<MirrorConfig.Login> login = Optional.empty();
        if (user.isPresent() && password.isPresent()) {
            login =
                    Optional.of(
                            new MirrorConfig.Login(
                                    user.get().asText("'user'"),
                                    readable(password.get(), directory, "'password'")));
        }
        Optional<Yaml> authorities = mirror.get("authorities");
        return new RegistryMirror(
                new MirrorConfig(
                        url(url, login.isPresent()),
                        prefix(mirror),
                        login,
                        authorities.isEmpty()
                                ? Optional.empty()
                                : Optional.of(
                                        readable(authorities.get(), directory, "'authorities'")),
                        MirrorConfig.STANDARD_PATIENCE));
    }

    private static URI url(Yaml url, boolean login) throws YamlException {
        String text = url.asText("'url'");
        if (!text.matches("https?://[A-Za-z0-9.:\\[\\]-]+/?")) {
            throw url.problem(
                    "'url' is no address such as https://mirror.example, without a path or password");
        }
        URI uri = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        if (login && !MirrorConfig.mayHearSecrets(uri)) {
            throw url.problem("the password would be sent without TLS; give an address with https");
        }
        return uri;
    }

    private static String prefix(Yaml.Mapping mirror) throws YamlException {
        Optional<Yaml> prefix = mirror.get("prefix");
        if (prefix.isEmpty()) {
            return "";
        }
        try {
            return new RepositoryName(prefix.get().asText("'prefix'")).value();
        } catch (InvalidReferenceException e) {
            throw prefix.get().problem(String.valueOf(e.getMessage()));
        }
    }

    private static Path readable(Yaml value, Path directory, String what) throws YamlException {
        Path file = directory.resolve(value.asText(what)).normalize();
        try {
            if (Files.readString(file).isBlank()) {
                throw value.problem(what + " is an empty file");
            }
            return file;
        } catch (IOException e) {
            throw value.problem(what + " can't be read: " + e);
        }
    }
}
