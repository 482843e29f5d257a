package dev.jbuild.oci;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Typed access to the members of a JSON object, whose errors name the document and the member.
///
/// @param document what the object is, for messages, such as `image manifest`
public record JsonMembers(String document, Json.Obj object) {

    /// @throws InvalidJsonException if the bytes are no JSON object
    public static JsonMembers parse(String document, byte[] bytes) throws InvalidJsonException {
        try {
            return of(document, Json.parse(bytes));
        } catch (InvalidJsonException e) {
            throw new InvalidJsonException(document + ": " + e.getMessage(), e);
        }
    }

    public static JsonMembers of(String document, Json value) throws InvalidJsonException {
        if (value instanceof Json.Obj object) {
            return new JsonMembers(document, object);
        }
        throw new InvalidJsonException(document + ": not a JSON object");
    }

    public Optional<String> text(String name) throws InvalidJsonException {
        return switch (object.get(name).orElse(new Json.Null())) {
            case Json.Str text -> Optional.of(text.value());
            case Json.Null _ -> Optional.empty();
            default -> throw wrong(name, "text");
        };
    }

    /// A text that has to be there.
    public String requiredText(String name) throws InvalidJsonException {
        return text(name).orElseThrow(() -> missing(name));
    }

    public Optional<Long> number(String name) throws InvalidJsonException {
        return switch (object.get(name).orElse(new Json.Null())) {
            case Json.Num number -> Optional.of(toLong(name, number));
            case Json.Null _ -> Optional.empty();
            default -> throw wrong(name, "a whole number");
        };
    }

    public long requiredNumber(String name) throws InvalidJsonException {
        return number(name).orElseThrow(() -> missing(name));
    }

    public boolean flag(String name) throws InvalidJsonException {
        return switch (object.get(name).orElse(new Json.Null())) {
            case Json.Bool bool -> bool.value();
            case Json.Null _ -> false;
            default -> throw wrong(name, "true or false");
        };
    }

    public Optional<JsonMembers> object(String name) throws InvalidJsonException {
        Optional<Json> value = object.get(name);
        return value.isEmpty()
                ? Optional.empty()
                : Optional.of(of(document + "." + name, value.get()));
    }

    public JsonMembers requiredObject(String name) throws InvalidJsonException {
        return object(name).orElseThrow(() -> missing(name));
    }

    /// The items of an array; none if it is absent.
    public List<Json> array(String name) throws InvalidJsonException {
        return switch (object.get(name).orElse(new Json.Null())) {
            case Json.Arr array -> array.items();
            case Json.Null _ -> List.of();
            default -> throw wrong(name, "an array");
        };
    }

    /// The objects of an array; none if it is absent.
    public List<JsonMembers> objects(String name) throws InvalidJsonException {
        List<JsonMembers> objects = new ArrayList<>();
        for (Json item : array(name)) {
            objects.add(of(document + "." + name + "[" + objects.size() + "]", item));
        }
        return objects;
    }

    public List<String> texts(String name) throws InvalidJsonException {
        List<String> texts = new ArrayList<>();
        for (Json item : array(name)) {
            if (!(item instanceof Json.Str text)) {
                throw wrong(name, "an array of text");
            }
            texts.add(text.value());
        }
        return texts;
    }

    /// An object whose members are all text; empty if it is absent.
    public Map<String, String> textMap(String name) throws InvalidJsonException {
        Map<String, String> map = new LinkedHashMap<>();
        Optional<JsonMembers> value = object(name);
        if (value.isPresent()) {
            for (Map.Entry<String, Json> member : value.get().object.members().entrySet()) {
                if (!(member.getValue() instanceof Json.Str text)) {
                    throw wrong(name + "." + member.getKey(), "text");
                }
                map.put(member.getKey(), text.value());
            }
        }
        return map;
    }

    /// The names of an object's members; none if it is absent. Docker writes sets so.
    public List<String> names(String name) throws InvalidJsonException {
        Optional<JsonMembers> value = object(name);
        return value.isEmpty() ? List.of() : List.copyOf(value.get().object.members().keySet());
    }

    private long toLong(String name, Json.Num number) throws InvalidJsonException {
        try {
            return number.value().longValueExact();
        } catch (ArithmeticException e) {
            throw new InvalidJsonException(
                    document
                            + ": '"
                            + name
                            + "' is "
                            + number.value()
                            + ", which is no whole number of 64 bits",
                    e);
        }
    }

    private InvalidJsonException wrong(String name, String expected) {
        return new InvalidJsonException(document + ": '" + name + "' is not " + expected);
    }

    private InvalidJsonException missing(String name) {
        return new InvalidJsonException(document + ": '" + name + "' is missing");
    }
}
