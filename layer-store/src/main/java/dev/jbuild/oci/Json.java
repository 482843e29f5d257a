package dev.jbuild.oci;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A JSON value. Objects keep the order of their members; what is written depends on the value
/// alone.
public sealed interface Json {
    /// Members in the order they were read or put.
    record Obj(Map<String, Json> members) implements Json {
        public Obj {
            members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
        }

        /// The member, or empty if it is absent or null.
        public Optional<Json> get(String name) {
            return Optional.ofNullable(members.get(name)).filter(value -> !(value instanceof Null));
        }
    }

    record Arr(List<Json> items) implements Json {
        public Arr {
            items = List.copyOf(items);
        }
    }

    record Str(String value) implements Json {}

    record Num(BigDecimal value) implements Json {}

    record Bool(boolean value) implements Json {}

    record Null() implements Json {}

    static Json of(String value) {
        return new Str(value);
    }

    static Json of(long value) {
        return new Num(BigDecimal.valueOf(value));
    }

    static Json of(boolean value) {
        return new Bool(value);
    }

    static Json strings(List<String> values) {
        return new Arr(values.stream().map(Json::of).toList());
    }

    static Json array(List<? extends Json> items) {
        return new Arr(List.copyOf(items));
    }

    /// An object of strings, in the order of the map.
    static Json strings(Map<String, String> values) {
        ObjectWriter writer = object();
        values.forEach(writer::put);
        return writer.build();
    }

    static ObjectWriter object() {
        return new ObjectWriter();
    }

    /// Reads one value; anything after it, a member given twice or invalid UTF-8 is refused.
    static Json parse(byte[] bytes) throws InvalidJsonException {
        try (JsonParser parser = Codec.FACTORY.createParser(bytes)) {
            if (parser.nextToken() == null) {
                throw new InvalidJsonException("invalid JSON: there is none");
            }
            Json value = Codec.read(parser);
            if (parser.nextToken() != null) {
                throw new InvalidJsonException("invalid JSON: text after the end of the value");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw new InvalidJsonException(
                    "invalid JSON: " + e.getOriginalMessage() + Codec.position(e), e);
        } catch (InvalidJsonException e) {
            throw e;
        } catch (IOException e) {
            throw new InvalidJsonException("invalid JSON: " + e.getMessage(), e);
        }
    }

    /// The value as compact UTF-8.
    default byte[] encode() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator generator = Codec.FACTORY.createGenerator(out)) {
            Codec.write(this, generator);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /// The value as UTF-8, indented by two spaces, for people.
    default byte[] encodePretty() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator generator =
                Codec.FACTORY.createGenerator(out).useDefaultPrettyPrinter()) {
            Codec.write(this, generator);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /// Collects the members of an object in order.
    final class ObjectWriter {
        private final Map<String, Json> members = new LinkedHashMap<>();

        private ObjectWriter() {}

        public ObjectWriter put(String name, Json value) {
            members.put(name, value);
            return this;
        }

        public ObjectWriter put(String name, String value) {
            return put(name, Json.of(value));
        }

        public ObjectWriter put(String name, long value) {
            return put(name, Json.of(value));
        }

        public ObjectWriter put(String name, boolean value) {
            return put(name, Json.of(value));
        }

        /// Leaves the member out if there is no value.
        public ObjectWriter putIf(String name, Optional<? extends Json> value) {
            value.ifPresent(v -> members.put(name, v));
            return this;
        }

        /// Leaves the member out if the text is empty or absent.
        public ObjectWriter putText(String name, @Nullable String value) {
            return value == null || value.isEmpty() ? this : put(name, value);
        }

        /// Leaves the member out if the list is empty.
        public ObjectWriter putStrings(String name, List<String> values) {
            return values.isEmpty() ? this : put(name, strings(values));
        }

        /// Leaves the member out if the map is empty.
        public ObjectWriter putStrings(String name, Map<String, String> values) {
            return values.isEmpty() ? this : put(name, strings(values));
        }

        public Obj build() {
            return new Obj(members);
        }
    }

    /// Between values and Jackson's token stream.
    final class Codec {
        static final JsonFactory FACTORY =
                JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

        private Codec() {}

        static Json read(JsonParser parser) throws IOException {
            JsonToken token = parser.currentToken();
            return switch (token) {
                case START_OBJECT -> readObject(parser);
                case START_ARRAY -> readArray(parser);
                case VALUE_STRING -> new Str(parser.getText());
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Num(parser.getDecimalValue());
                case VALUE_TRUE -> new Bool(true);
                case VALUE_FALSE -> new Bool(false);
                case VALUE_NULL -> new Null();
                case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT ->
                        throw new InvalidJsonException("invalid JSON: unexpected " + token);
            };
        }

        private static Json readObject(JsonParser parser) throws IOException {
            Map<String, Json> members = new LinkedHashMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                members.put(name, read(parser));
            }
            return new Obj(members);
        }

        private static Json readArray(JsonParser parser) throws IOException {
            List<Json> items = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                items.add(read(parser));
            }
            return new Arr(items);
        }

        static void write(Json value, JsonGenerator out) throws IOException {
            switch (value) {
                case Obj object -> {
                    out.writeStartObject();
                    for (Map.Entry<String, Json> member : object.members().entrySet()) {
                        out.writeFieldName(member.getKey());
                        write(member.getValue(), out);
                    }
                    out.writeEndObject();
                }
                case Arr array -> {
                    out.writeStartArray();
                    for (Json item : array.items()) {
                        write(item, out);
                    }
                    out.writeEndArray();
                }
                case Str text -> out.writeString(text.value());
                case Num number -> writeNumber(number.value(), out);
                case Bool bool -> out.writeBoolean(bool.value());
                case Null _ -> out.writeNull();
            }
        }

        private static void writeNumber(BigDecimal value, JsonGenerator out) throws IOException {
            if (value.scale() <= 0) {
                out.writeNumber(value.toBigIntegerExact());
            } else {
                out.writeNumber(value);
            }
        }

        static String position(JsonProcessingException e) {
            return e.getLocation() == null
                    ? ""
                    : " (line "
                            + e.getLocation().getLineNr()
                            + ", column "
                            + e.getLocation().getColumnNr()
                            + ")";
        }
    }
}
