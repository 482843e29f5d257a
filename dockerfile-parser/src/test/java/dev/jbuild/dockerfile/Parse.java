package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

/// What the tests of this package parse with.
final class Parse {
    private Parse() {}

    static Dockerfile file(String text) throws DockerfileException {
        return DockerfileParser.parse(Source.of("Dockerfile", text));
    }

    /// The one instruction after a `FROM scratch`.
    static <T extends Instruction> T one(Class<T> type, String instruction)
            throws DockerfileException {
        Dockerfile file = file("FROM scratch\n" + instruction + "\n");
        assertEquals(1, file.stages().getFirst().instructions().size());
        return assertInstanceOf(type, file.stages().getFirst().instructions().getFirst());
    }

    static DockerfileException failure(String text) {
        return assertThrows(DockerfileException.class, () -> file(text));
    }

    /// What is wrong with the one instruction after a `FROM scratch`, without the line number.
    static String problem(String instruction) {
        String problem = failure("FROM scratch\n" + instruction + "\n").problem();
        String prefix = "dockerfile parse error on line 2: ";
        assertEquals(prefix, problem.substring(0, Math.min(prefix.length(), problem.length())));
        return problem.substring(prefix.length());
    }
}
