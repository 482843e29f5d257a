package dev.jbuild.registry.server;

import dev.jbuild.registry.server.access.RepositoryPattern;
import dev.jbuild.registry.server.webhook.Hooks;
import dev.jbuild.registry.server.webhook.Signature;
import dev.jbuild.registry.server.webhook.Webhook;
import dev.jbuild.registry.server.webhook.Webhook.Event;
import dev.jbuild.registry.server.yaml.Yaml;
import dev.jbuild.registry.server.yaml.YamlException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// The option `webhooks` of the configuration file.
final class WebhookOptions {
    private static final Set<String> KEYS =
            Set.of("name", "url", "repositories", "events", "secret", "give-up");

    private WebhookOptions() {}

    /// @param directory that paths are relative to
    /// @param url the registry's own
    static Hooks read(Yaml.Mapping file, Path directory, Optional<URI> url) throws YamlException {
        List<Webhook> webhooks = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Yaml.Mapping item : RuleOptions.list(file, "webhooks", KEYS)) {
            Yaml name = ConfigFile.required(item, "name");
            if (!name.asText("'name'").matches("[a-z0-9][a-z0-9-]{0,62}")) {
                throw name.problem("'name' is made of lower-case letters, digits and '-'");
            }
            if (!names.add(name.asText("'name'"))) {
                throw name.problem("there are two webhooks of this name");
            }
            webhooks.add(webhook(item, name.asText("'name'"), directory));
        }
        return new Hooks(url.map(URI::toString).orElse(Hooks.SOURCE), webhooks);
    }

    private static Webhook webhook(Yaml.Mapping item, String name, Path directory)
            throws YamlException {
        URI url = url(ConfigFile.required(item, "url"));
        Optional<Yaml> given = item.get("repositories");
        List<RepositoryPattern> repositories =
                given.isPresent()
                        ? ConfigFile.patterns(given.get(), "'repositories'")
                        : List.of(RepositoryPattern.of("**"));
        Optional<Yaml> secret = item.get("secret");
        return new Webhook(
                name,
                url,
                repository -> ConfigFile.matches(repositories, repository),
                events(item),
                secret.isEmpty() ? Optional.empty() : Optional.of(secret(secret.get(), directory)),
                ConfigFile.duration(item, "give-up", Duration.ofDays(1)));
    }

    private static URI url(Yaml yaml) throws YamlException {
        try {
            URI url = new URI(yaml.asText("'url'"));
            boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            if (web && url.getHost() != null && url.getUserInfo() == null) {
                return url;
            }
        } catch (URISyntaxException _) {
            // told below, without what may be secret in it
        }
        throw yaml.problem(
                "'url' is no address such as https://ci.example/hook, without a password");
    }

    private static Set<Event> events(Yaml.Mapping item) throws YamlException {
        Optional<Yaml> given = item.get("events");
        if (given.isEmpty()) {
            return EnumSet.allOf(Event.class);
        }
        Set<Event> events = EnumSet.noneOf(Event.class);
        for (Yaml event : given.get().asSequence("'events'").items()) {
            String text = event.asText("an event");
            events.add(
                    Stream.of(Event.values())
                            .filter(known -> known.option().equals(text))
                            .findFirst()
                            .orElseThrow(
                                    () -> event.problem("an event is push, delete, tag or untag")));
        }
        return events;
    }

    private static Path secret(Yaml secret, Path directory) throws YamlException {
        Path file = directory.resolve(secret.asText("'secret'")).normalize();
        try {
            Signature.read(file);
            return file;
        } catch (IOException e) {
            throw secret.problem("'secret' can't be read: " + e.getMessage());
        }
    }
}
