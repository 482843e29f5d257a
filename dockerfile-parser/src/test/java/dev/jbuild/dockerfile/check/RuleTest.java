package dev.jbuild.dockerfile.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RuleTest {

    @Test
    void every_rule_has_a_section_in_the_documentation() throws Exception {
        Path checks = Path.of(System.getProperty("basedir", "."), "..", "docs", "checks.md");
        List<String> headings =
                Files.readAllLines(checks).stream()
                        .filter(l -> l.startsWith("## "))
                        .map(l -> l.substring(3))
                        .dropWhile(h -> Rule.named(h).isEmpty())
                        .toList();
        assertEquals(Arrays.stream(Rule.values()).map(Rule::ruleName).toList(), headings);
    }

    @Test
    void address_of_a_rule_is_its_section() {
        assertEquals("docs/checks.md#jsonargsrecommended", Rule.JSON_ARGS_RECOMMENDED.url());
    }

    @Test
    void only_one_rule_is_experimental() {
        assertTrue(Rule.INVALID_DEFINITION_DESCRIPTION.isExperimental());
        assertEquals(1, Arrays.stream(Rule.values()).filter(Rule::isExperimental).count());
    }
}
