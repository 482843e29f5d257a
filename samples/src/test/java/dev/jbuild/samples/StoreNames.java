package dev.jbuild.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads what the names in a store stand for, and touches nothing in it.
final class StoreNames {
    private static final Pattern NAMED =
            Pattern.compile(
                    "\"digest\":\"(sha256:[0-9a-f]{64})\"[^{}]*\"annotations\":\\{[^}]*"
                            + "\"org.opencontainers.image.ref.name\":\"([^\"]+)\"");

    private StoreNames() {}

    /// Digests by name; none if there is no `index.json`.
    static Map<String, String> of(Path store) throws IOException {
        Map<String, String> names = new TreeMap<>();
        String index;
        try {
            index = Files.readString(store.resolve("index.json"));
        } catch (NoSuchFileException none) {
            return names;
        }
        Matcher named = NAMED.matcher(index);
        while (named.find()) {
            names.put(shortened(named.group(2)), named.group(1));
        }
        return names;
    }

    static String shortened(String name) {
        return name.replaceFirst("^docker\\.io/(library/)?", "");
    }
}
