package dev.jbuild.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// https://docs.docker.com/reference/dockerfile/#expose.
class ExposedPortTest {

    @ParameterizedTest
    @CsvSource({
        "80, 80/tcp, false",
        "80/udp, 80/udp, false",
        "80/, 80/tcp, false",
        "80/TCP, 80/tcp, false",
        "132/sctp, 132/sctp, false",
        "8000-8002, 8000/tcp 8001/tcp 8002/tcp, false",
        "80-80/udp, 80/udp, false",
        "0, 0/tcp, false",
        "00000000080, 80/tcp, false",
        "+000000, 0/tcp, false",
        "65535, 65535/tcp, false",
        "8080:80, 80/tcp, true",
        "127.0.0.1:8080:80/udp, 80/udp, true",
        "127.0.0.1::80, 80/tcp, true",
        "[::1]:8080:80, 80/tcp, true",
        "8000-9000:80, 80/tcp, true",
    })
    void word_names_ports(String word, String specs, boolean mapped) throws Exception {
        ExposedPort port = ExposedPort.parse(word);
        assertEquals(List.of(specs.split(" ")), port.specs());
        assertEquals(mapped, port.mapped());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '%',
            value = {
                "80/foo | invalid port: \"80/foo\": invalid proto: foo",
                "/tcp | invalid port: \"/tcp\": no port specified",
                "%% | invalid port: \"\": no port specified",
                "x | invalid containerPort: x",
                "65536 | invalid containerPort: 65536",
                "-1 | invalid containerPort: -1",
                "80-x | invalid containerPort: 80-x",
                "81-80 | invalid containerPort: 81-80: invalid port range: 81-80",
                "x:80 | invalid hostPort: x",
                "1-2:80-82 | invalid ranges specified for container and host Ports: 80-82 and 1-2",
                "x:1:80 | invalid IP address: x",
            })
    void wrong_word_is_refused(String word, String problem) {
        WordException e = assertThrows(WordException.class, () -> ExposedPort.parse(word));
        assertEquals(problem, e.problem());
    }
}
