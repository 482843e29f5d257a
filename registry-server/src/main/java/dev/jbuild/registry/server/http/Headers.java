package dev.jbuild.registry.server.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Header fields in order; names are compared without regard to case.
public record Headers(List<Field> fields) {
    public static final Headers NONE = new Headers(List.of());

    public Headers {
        fields = List.copyOf(fields);
    }

    public record Field(String name, String value) {}

    /// @param namesAndValues alternating
    public static Headers of(String... namesAndValues) {
        List<Field> fields = new ArrayList<>(namesAndValues.length / 2);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.add(new Field(namesAndValues[i], namesAndValues[i + 1]));
        }
        return new Headers(fields);
    }

    /// The first value, or empty.
    public Optional<String> first(String name) {
        for (Field field : fields) {
            if (field.name.equalsIgnoreCase(name)) {
                return Optional.of(field.value);
            }
        }
        return Optional.empty();
    }

    public List<String> all(String name) {
        List<String> values = List.of();
        for (Field field : fields) {
            if (field.name.equalsIgnoreCase(name)) {
                if (values.isEmpty()) {
                    values = List.of(field.value);
                } else {
                    values = new ArrayList<>(values);
                    values.add(field.value);
                }
            }
        }
        return values;
    }

    public Headers with(String name, String value) {
        List<Field> more = new ArrayList<>(fields);
        more.add(new Field(name, value));
        return new Headers(more);
    }

    public Headers withAll(Headers others) {
        List<Field> more = new ArrayList<>(fields);
        more.addAll(others.fields);
        return new Headers(more);
    }
}
