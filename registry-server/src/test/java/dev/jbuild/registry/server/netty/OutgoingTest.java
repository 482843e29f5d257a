package dev.jbuild.registry.server.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Response;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Responses that are parts of files.
class OutgoingTest {
    @TempDir Path directory;

    @Test
    void file_that_vanished_is_told_with_what_went_wrong() {
        Path file = directory.resolve("gone");
        Response response = new Response(200, Headers.NONE, new Response.FileRange(file, 0, 10));
        IOException e = assertThrows(IOException.class, () -> Outgoing.open(response, false));
        assertEquals("stored content can't be opened", e.getMessage());
        assertInstanceOf(NoSuchFileException.class, e.getCause());
    }
}
