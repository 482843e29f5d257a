package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.module.ModuleDescriptor.Requires;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The parser is a library of its own. That it brings no other jar with it, the rule
/// `no-dependencies` in the POM says.
class LibraryTest {
    @Test
    void module_needs_only_the_java_base_at_run_time() {
        Set<String> needed =
                DockerfileParser.class.getModule().getDescriptor().requires().stream()
                        .filter(r -> !r.modifiers().contains(Requires.Modifier.STATIC))
                        .map(Requires::name)
                        .collect(Collectors.toSet());
        assertEquals(Set.of("java.base"), needed);
    }
}
