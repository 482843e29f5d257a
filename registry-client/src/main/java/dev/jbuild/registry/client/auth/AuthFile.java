package dev.jbuild.registry.client.auth;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.oci.RepositoryName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A JSON file of credentials in docker's format, which podman's shares: `auths`, `credHelpers`,
/// `credsStore`.
record AuthFile(Path file) {
    /// Docker Hub's key, a relic of the registry API's first version.
    static final String DOCKER_HUB_KEY = "https://index.docker.io/v1/";

    private static final String EMPTY = "{}";

    /// The keys under which credentials may be kept, the most specific first.
    static List<String> keys(String registry, Optional<RepositoryName> repository) {
        List<String> keys = new ArrayList<>();
        String path = repository.map(name -> registry + "/" + name).orElse(registry);
        while (path.length() > registry.length()) {
            keys.add(path);
            path = path.substring(0, path.lastIndexOf('/'));
        }
        keys.add(registry);
        return keys;
    }

    /// What the file knows: the helper of this registry, then the general helper, then the file
    /// itself.
    Optional<Credentials> find(List<String> keys, String registry)
            throws IOException, InterruptedException {
        Optional<JsonMembers> content = read();
        if (content.isEmpty()) {
            return Optional.empty();
        }
        Optional<CredentialHelper> helper = helper(content.get(), registry);
        if (helper.isPresent()) {
            return helper.get().get(serverUrl(registry));
        }
        Map<String, JsonMembers> auths = auths(content.get());
        for (String key : keys) {
            JsonMembers entry = auths.get(key);
            if (entry != null) {
                return credentials(key, entry);
            }
        }
        return Optional.empty();
    }

    void store(String registry, Credentials.Password credentials)
            throws IOException, InterruptedException {
        Json.Obj content = read().map(JsonMembers::object).orElse(new Json.Obj(Map.of()));
        Optional<CredentialHelper> helper = helper(JsonMembers.of(name(), content), registry);
        if (helper.isPresent()) {
            helper.get().store(serverUrl(registry), credentials);
            return;
        }
        byte[] pair =
                (credentials.user() + ":" + credentials.password())
                        .getBytes(StandardCharsets.UTF_8);
        Json entry = Json.object().put("auth", Base64.getEncoder().encodeToString(pair)).build();
        Map<String, Json> auths = entriesOfOthers(content, registry);
        auths.put(serverUrl(registry), entry);
        write(content, auths);
    }

    boolean erase(String registry) throws IOException, InterruptedException {
        Optional<JsonMembers> content = read();
        if (content.isEmpty()) {
            return false;
        }
        Optional<CredentialHelper> helper = helper(content.get(), registry);
        if (helper.isPresent()) {
            boolean known = helper.get().get(serverUrl(registry)).isPresent();
            helper.get().erase(serverUrl(registry));
            return known;
        }
        Map<String, Json> remaining = entriesOfOthers(content.get().object(), registry);
        boolean known = remaining.size() < content.get().names("auths").size();
        if (known) {
            write(content.get().object(), remaining);
        }
        return known;
    }

    private Optional<JsonMembers> read() throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (AccessDeniedException e) {
            throw new CredentialException(
                    "credentials file '" + file + "' can't be read by this user", e);
        }
        try {
            boolean blank = new String(bytes, StandardCharsets.UTF_8).isBlank();
            return Optional.of(
                    JsonMembers.parse(
                            name(), blank ? EMPTY.getBytes(StandardCharsets.UTF_8) : bytes));
        } catch (InvalidJsonException e) {
            throw broken(e);
        }
    }

    private Optional<CredentialHelper> helper(JsonMembers content, String registry)
            throws CredentialException {
        try {
            Map<String, String> helpers = content.textMap("credHelpers");
            for (Map.Entry<String, String> helper : helpers.entrySet()) {
                if (isFor(helper.getKey(), registry)) {
                    return Optional.of(CredentialHelper.named(helper.getValue()));
                }
            }
            Optional<String> general = content.text("credsStore").filter(t -> !t.isEmpty());
            return general.isEmpty()
                    ? Optional.empty()
                    : Optional.of(CredentialHelper.named(general.get()));
        } catch (InvalidJsonException e) {
            throw broken(e);
        }
    }

    /// The entries by their normalised keys; of two for the same, the first one.
    private Map<String, JsonMembers> auths(JsonMembers content) throws CredentialException {
        Map<String, JsonMembers> auths = new LinkedHashMap<>();
        try {
            Optional<JsonMembers> all = content.object("auths");
            if (all.isPresent()) {
                for (String key : content.names("auths")) {
                    Optional<JsonMembers> entry = all.get().object(key);
                    if (entry.isPresent()) {
                        auths.putIfAbsent(normalize(key), entry.get());
                    }
                }
            }
        } catch (InvalidJsonException e) {
            throw broken(e);
        }
        return auths;
    }

    private Optional<Credentials> credentials(String key, JsonMembers entry)
            throws CredentialException {
        try {
            Optional<String> user = entry.text("username").filter(text -> !text.isEmpty());
            Optional<String> password = entry.text("password").filter(text -> !text.isEmpty());
            Optional<String> auth = entry.text("auth").filter(text -> !text.isEmpty());
            if (auth.isPresent()) {
                String pair = decode(key, auth.get());
                int colon = pair.indexOf(':');
                if (colon < 0) {
                    throw brokenAuth(key);
                }
                user = Optional.of(pair.substring(0, colon));
                password = Optional.of(stripNul(pair.substring(colon + 1)));
            }
            Optional<String> identity = entry.text("identitytoken").filter(t -> !t.isEmpty());
            if (identity.isPresent()) {
                return Optional.of(new Credentials.IdentityToken(user.orElse(""), identity.get()));
            }
            Optional<String> token = entry.text("registrytoken").filter(t -> !t.isEmpty());
            if (token.isPresent()) {
                return Optional.of(new Credentials.RegistryToken(token.get()));
            }
            return user.isPresent() && password.isPresent()
                    ? Optional.of(new Credentials.Password(user.get(), password.get()))
                    : Optional.empty();
        } catch (InvalidJsonException e) {
            throw broken(e);
        }
    }

    private String decode(String key, String base64) throws CredentialException {
        try {
            return new String(Base64.getMimeDecoder().decode(base64), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // The cause would quote a part of the secret.
            throw brokenAuth(key);
        }
    }

    /// Some old clients padded passwords so.
    private static String stripNul(String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == '\0') {
            end--;
        }
        return text.substring(0, end);
    }

    private static Map<String, Json> entriesOfOthers(Json.Obj content, String registry) {
        Map<String, Json> others = new LinkedHashMap<>();
        if (content.get("auths").orElse(new Json.Null()) instanceof Json.Obj auths) {
            auths.members()
                    .forEach(
                            (key, value) -> {
                                if (!isFor(key, registry)) {
                                    others.put(key, value);
                                }
                            });
        }
        return others;
    }

    private void write(Json.Obj content, Map<String, Json> auths) throws IOException {
        Map<String, Json> members = new LinkedHashMap<>(content.members());
        members.put("auths", new Json.Obj(auths));
        PrivateFiles.replace(file, new Json.Obj(members).encodePretty());
    }

    private static boolean isFor(String key, String registry) {
        return normalize(key).equals(registry);
    }

    /// The key without scheme and API path: `https://host/v2/` is `host`.
    private static String normalize(String key) {
        String host = key;
        for (String scheme : List.of("https://", "http://")) {
            if (host.startsWith(scheme)) {
                host = host.substring(scheme.length());
                for (String path : List.of("/v1/", "/v1", "/v2/", "/v2", "/")) {
                    if (host.endsWith(path)) {
                        host = host.substring(0, host.length() - path.length());
                        break;
                    }
                }
            }
        }
        return switch (host) {
            case "index.docker.io", "registry-1.docker.io" -> ImageReference.DOCKER_HUB;
            default -> host;
        };
    }

    /// The key that docker uses for a registry.
    private static String serverUrl(String registry) {
        return registry.equals(ImageReference.DOCKER_HUB) ? DOCKER_HUB_KEY : registry;
    }

    private String name() {
        return "credentials file '" + file + "'";
    }

    private CredentialException broken(InvalidJsonException e) {
        return new CredentialException(
                e.getMessage() + ": mend the file, or remove it and run 'jbuild login' again", e);
    }

    private CredentialException brokenAuth(String key) {
        return new CredentialException(
                name()
                        + ": the 'auth' of '"
                        + key
                        + "' is not base64 of user:password; run 'jbuild login' again");
    }
}
