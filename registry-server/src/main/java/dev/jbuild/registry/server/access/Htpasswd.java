package dev.jbuild.registry.server.access;

import dev.jbuild.registry.server.yaml.YamlException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Users and their passwords as `htpasswd -B` writes them.
///
/// @param hashes bcrypt, by user
/// @param highestCost of them all; 0 without any
record Htpasswd(Map<String, String> hashes, int highestCost) {
    static final Htpasswd EMPTY = of(Map.of());

    Htpasswd {
        hashes = Map.copyOf(hashes);
    }

    private static Htpasswd of(Map<String, String> hashes) {
        return new Htpasswd(
                hashes, hashes.values().stream().mapToInt(Passwords::cost).max().orElse(0));
    }

    /// @param file what it is called in messages, which never have a hash
    static Htpasswd parse(String file, List<String> lines) throws YamlException {
        Map<String, String> hashes = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            int colon = line.indexOf(':');
            String user = colon < 0 ? "" : line.substring(0, colon);
            if (!Principal.isUserName(user)) {
                throw new YamlException(file, i + 1, "not USER:HASH");
            }
            if (!Passwords.isHash(line.substring(colon + 1))) {
                throw new YamlException(
                        file,
                        i + 1,
                        "the password of '"
                                + user
                                + "' is not hashed by bcrypt; make it with: htpasswd -B");
            }
            hashes.put(user, line.substring(colon + 1));
        }
        return of(hashes);
    }

    Optional<String> hash(String user) {
        return Optional.ofNullable(hashes.get(user));
    }
}
