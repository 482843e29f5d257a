package dev.jbuild.dockerfile.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// As [FuzzTest], for as long as one likes, with other inputs each time; run only when asked
/// for. `target/fuzz` keeps what it found, and what it said, for the next run.
class LongFuzz {
    private static final long SECONDS = Long.getLong("fuzz.seconds", 600);

    @ParameterizedTest
    @EnumSource
    void inputs_that_reach_new_code_have_every_property(FuzzTest.Target target) throws Exception {
        Path directory = Files.createDirectories(Path.of("target", "fuzz", target.name()));
        Jazzer jazzer = new Jazzer(target.type(), directory, List.of(target.seeds()));
        Jazzer.Outcome outcome = jazzer.run(List.of(), List.of("-max_total_time=" + SECONDS));
        assertEquals(0, outcome.status(), outcome.log());
    }
}
