package dev.jbuild.builder.source;

import dev.jbuild.dockerfile.DockerIgnore;
import dev.jbuild.dockerfile.WordException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// The file that says what of a context is left out.
///
/// @param path need not exist
public record IgnoreFile(Path path) {
    /// A Dockerfile's own, `NAME.dockerignore` beside it, replaces that of the context.
    public static IgnoreFile of(Path context, Path dockerfile) {
        Path own = dockerfile.resolveSibling(dockerfile.getFileName() + ".dockerignore");
        return new IgnoreFile(Files.exists(own) ? own : context.resolve(".dockerignore"));
    }

    /// Its patterns; none if there is no such file.
    public DockerIgnore read() throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            return DockerIgnore.read(in);
        } catch (NoSuchFileException e) {
            return DockerIgnore.none();
        } catch (WordException e) {
            throw new IOException(path + ": " + e.getMessage(), e);
        }
    }
}
