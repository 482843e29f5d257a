package dev.jbuild.builder.compare;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Compares two JSON values member by member, with whatever members they have. The order of members
/// doesn't count; `Env` is compared by the names of its variables.
final class JsonComparison {
    private final Difference.Document document;
    private final List<Difference> found = new ArrayList<>();

    private JsonComparison(Difference.Document document) {
        this.document = document;
    }

    static List<Difference> of(Difference.Document document, Json first, Json second) {
        JsonComparison comparison = new JsonComparison(document);
        comparison.compare("", first, second);
        return comparison.found;
    }

    private void compare(String path, Json first, Json second) {
        if (first.equals(second)) {
            return;
        }
        if (path.endsWith(".Env")) {
            Optional<Json.Obj> a = variables(first);
            Optional<Json.Obj> b = variables(second);
            if (a.isPresent() && b.isPresent() && !a.equals(b)) {
                members(path, a.get().members(), b.get().members());
                return;
            }
        }
        if (first instanceof Json.Obj a && second instanceof Json.Obj b) {
            members(path, a.members(), b.members());
        } else if (first instanceof Json.Arr a && second instanceof Json.Arr b && nested(a, b)) {
            items(path, a.items(), b.items());
        } else {
            add(path, Optional.of(first), Optional.of(second));
        }
    }

    private void members(String path, Map<String, Json> first, Map<String, Json> second) {
        TreeSet<String> names = new TreeSet<>(first.keySet());
        names.addAll(second.keySet());
        for (String name : names) {
            at(path.isEmpty() ? name : path + "." + name, first.get(name), second.get(name));
        }
    }

    private void items(String path, List<Json> first, List<Json> second) {
        for (int i = 0; i < Math.max(first.size(), second.size()); i++) {
            at(
                    path + "[" + i + "]",
                    i < first.size() ? first.get(i) : null,
                    i < second.size() ? second.get(i) : null);
        }
    }

    private void at(String path, @Nullable Json first, @Nullable Json second) {
        if (first != null && second != null) {
            compare(path, first, second);
        } else {
            add(path, Optional.ofNullable(first), Optional.ofNullable(second));
        }
    }

    private void add(String path, Optional<Json> first, Optional<Json> second) {
        found.add(
                new Difference.Field(
                        document,
                        path,
                        first.map(JsonComparison::text),
                        second.map(JsonComparison::text)));
    }

    /// Whether items are compared one by one; a list of words, such as `Cmd`, is one value.
    private static boolean nested(Json.Arr first, Json.Arr second) {
        return holdsObjects(first) || holdsObjects(second);
    }

    private static boolean holdsObjects(Json.Arr array) {
        return array.items().stream().anyMatch(Json.Obj.class::isInstance);
    }

    /// `NAME=VALUE` as members; empty if they are something else, or a name is there twice.
    private static Optional<Json.Obj> variables(Json value) {
        if (!(value instanceof Json.Arr array)) {
            return Optional.empty();
        }
        Map<String, Json> members = new LinkedHashMap<>();
        for (Json item : array.items()) {
            if (!(item instanceof Json.Str(String text)) || text.indexOf('=') < 0) {
                return Optional.empty();
            }
            int equals = text.indexOf('=');
            members.put(text.substring(0, equals), Json.of(text.substring(equals + 1)));
        }
        return members.size() == array.items().size()
                ? Optional.of(new Json.Obj(members))
                : Optional.empty();
    }

    private static String text(Json value) {
        return new String(value.encode(), UTF_8);
    }
}
