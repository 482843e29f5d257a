package dev.jbuild.registry.server.yaml;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class YamlTest {
    @Test
    void values_know_their_lines() throws Exception {
        Yaml.Mapping root = parse("a: 1\n\nb:\n  - x\n  - y\n").asMapping("it");
        assertEquals(4, root.get("b").orElseThrow().asSequence("b").items().getFirst().line());
        assertEquals(List.of("x", "y"), root.get("b").orElseThrow().asTexts("b"));
        assertEquals("1", root.get("a").orElseThrow().asText("a"));
    }

    @Test
    void an_empty_file_is_an_empty_mapping() throws Exception {
        assertTrue(parse("# nothing\n").asMapping("it").entries().isEmpty());
    }

    @Test
    void a_key_without_value_is_as_good_as_absent() throws Exception {
        assertTrue(parse("a:\nb: x").asMapping("it").get("a").isEmpty());
    }

    @Test
    void an_unknown_key_is_refused_with_its_line() throws Exception {
        Yaml.Mapping root = parse("a: 1\nbc: 2\n").asMapping("it");
        assertEquals(
                "file:2: unknown key 'bc'; known here: a, b",
                message(() -> root.requireOnly(Set.of("b", "a"))));
    }

    @Test
    void a_key_given_twice_is_refused() {
        assertTrue(message(() -> parse("a: 1\na: 2\n")).startsWith("file:2: "));
    }

    @Test
    void broken_yaml_is_refused_with_its_line() {
        assertTrue(message(() -> parse("a: 1\nb: [x\n")).startsWith("file:3: not YAML"));
    }

    @Test
    void aliases_are_refused() {
        assertTrue(message(() -> parse("a: &x [1]\nb: *x\n")).startsWith("file:1: anchors"));
    }

    @Test
    void bytes_that_are_no_text_are_refused() {
        assertEquals(
                "file:1: not UTF-8",
                assertThrows(
                                YamlException.class,
                                () -> Yaml.parse("file", new byte[] {(byte) 0xff, 'a'}))
                        .getMessage());
    }

    @Test
    void half_a_character_is_refused_with_its_line() {
        String problem = "half a character: an escape such as \\ud800 needs its other half";
        assertEquals("file:2: " + problem, message(() -> parse("a: 1\nb: \"\\ud800\"\n")));
        assertEquals("file:1: " + problem, message(() -> parse("\"\\udc00\": 1\n")));
    }

    @Test
    void the_wrong_kind_of_value_is_refused_with_its_line() {
        assertEquals(
                "file:1: 'a' must be a list",
                message(
                        () ->
                                parse("a: x")
                                        .asMapping("it")
                                        .get("a")
                                        .orElseThrow()
                                        .asSequence("'a'")));
    }

    private interface Check {
        void run() throws Exception;
    }

    private static String message(Check check) {
        return String.valueOf(assertThrows(YamlException.class, check::run).getMessage());
    }

    private static Yaml parse(String text) throws YamlException {
        return Yaml.parse("file", text.getBytes(UTF_8));
    }
}
