package dev.jbuild.registry.server.yaml;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/// A value of a YAML file and where it stands. Plain text stays text: what it means is for the one
/// who asks to say. Anchors, aliases, several documents and a key given twice are refused.
public sealed interface Yaml {
    /// The largest file that is read, in bytes.
    int MOST_BYTES = 1 << 20;

    int LARGEST_DEPTH = 50;

    String file();

    /// From 1 on.
    int line();

    /// @param entries in the order of the file
    record Mapping(String file, int line, Map<String, Entry> entries) implements Yaml {
        /// A key, where it stands, and its value.
        public record Entry(int line, Yaml value) {}

        /// The value of a key, unless it is absent or empty.
        public Optional<Yaml> get(String key) {
            Entry entry = entries.get(key);
            return entry == null || isEmpty(entry.value())
                    ? Optional.empty()
                    : Optional.of(entry.value());
        }

        /// Refuses keys that mean nothing, and those without a value: what was meant isn't known.
        public void requireOnly(Set<String> known) throws YamlException {
            for (Map.Entry<String, Entry> entry : entries.entrySet()) {
                if (isEmpty(entry.getValue().value())) {
                    throw new YamlException(
                            file, entry.getValue().line(), "'" + entry.getKey() + "' has no value");
                }
                if (!known.contains(entry.getKey())) {
                    throw new YamlException(
                            file,
                            entry.getValue().line(),
                            "unknown key '"
                                    + entry.getKey()
                                    + "'; known here: "
                                    + String.join(", ", known.stream().sorted().toList()));
                }
            }
        }
    }

    record Sequence(String file, int line, List<Yaml> items) implements Yaml {}

    /// @param quoted whether it can't be a number, a boolean or nothing
    record Text(String file, int line, String value, boolean quoted) implements Yaml {}

    /// Reads a file's content. An empty one is an empty mapping.
    ///
    /// @param file what it is called in messages
    static Yaml parse(String file, byte[] content) throws YamlException {
        if (content.length > MOST_BYTES) {
            throw new YamlException(file, 1, "larger than " + MOST_BYTES + " bytes");
        }
        LoadSettings settings =
                LoadSettings.builder().setLabel(file).setAllowDuplicateKeys(false).build();
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
            Optional<Node> node =
                    new Composer(
                                    settings,
                                    new ParserImpl(settings, new StreamReader(settings, text)))
                            .getSingleNode();
            return node.isEmpty() ? new Mapping(file, 1, Map.of()) : of(file, node.get(), 0);
        } catch (CharacterCodingException e) {
            throw new YamlException(file, 1, "not UTF-8");
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            throw new YamlException(file, line, "not YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new YamlException(file, 1, "not YAML: " + firstLine(e));
        }
    }

    default Mapping asMapping(String what) throws YamlException {
        if (this instanceof Mapping mapping) {
            return mapping;
        }
        throw problem(what + " must be keys with values");
    }

    default Sequence asSequence(String what) throws YamlException {
        if (this instanceof Sequence sequence) {
            return sequence;
        }
        throw problem(what + " must be a list");
    }

    default String asText(String what) throws YamlException {
        if (this instanceof Text text && !isEmpty(text)) {
            return text.value();
        }
        throw problem(what + " must be a text");
    }

    /// A list of texts.
    default List<String> asTexts(String what) throws YamlException {
        List<String> texts = new ArrayList<>();
        for (Yaml item : asSequence(what).items()) {
            texts.add(item.asText("an item of " + what));
        }
        return texts;
    }

    default YamlException problem(String problem) {
        return new YamlException(file(), line(), problem);
    }

    private static boolean isEmpty(Yaml value) {
        return value instanceof Text(_, _, String text, boolean quoted)
                && !quoted
                && (text.isEmpty() || text.equals("~") || text.equals("null"));
    }

    private static Yaml of(String file, Node node, int depth) throws YamlException {
        int line = line(node);
        if (depth > LARGEST_DEPTH) {
            throw new YamlException(file, line, "nested too deeply");
        }
        if (node.getAnchor().isPresent()) {
            throw new YamlException(file, line, "anchors are not supported");
        }
        return switch (node) {
            case ScalarNode text ->
                    new Text(file, line, whole(file, line, text.getValue()), !text.isPlain());
            case SequenceNode sequence -> {
                List<Yaml> items = new ArrayList<>();
                for (Node item : sequence.getValue()) {
                    items.add(of(file, item, depth + 1));
                }
                yield new Sequence(file, line, List.copyOf(items));
            }
            case MappingNode mapping -> mapping(file, mapping, depth);
            default -> throw new YamlException(file, line, "aliases are not supported");
        };
    }

    private static Mapping mapping(String file, MappingNode mapping, int depth)
            throws YamlException {
        Map<String, Mapping.Entry> entries = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            int line = line(tuple.getKeyNode());
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                throw new YamlException(file, line, "a key must be a text");
            }
            Mapping.Entry entry =
                    new Mapping.Entry(line, of(file, tuple.getValueNode(), depth + 1));
            if (entries.put(whole(file, line, key.getValue()), entry) != null) {
                throw new YamlException(file, line, "'" + key.getValue() + "' stands here twice");
            }
        }
        return new Mapping(file, line(mapping), entries);
    }

    /// An escape can stand for half a character, which nothing can be written with.
    private static String whole(String file, int line, String text) throws YamlException {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new YamlException(
                    file, line, "half a character: an escape such as \\ud800 needs its other half");
        }
        return text;
    }

    private static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    }

    private static @Nullable String firstLine(Exception e) {
        String message = e.getMessage();
        return message == null ? null : message.lines().findFirst().orElse("");
    }
}
