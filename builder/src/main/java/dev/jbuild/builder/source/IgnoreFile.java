package dev.jbuild.builder.source;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.jbuild.dockerfile.DockerIgnore;
import dev.jbuild.dockerfile.WordException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The file that says what of a context is left out.
///
/// @param path need not exist
public record IgnoreFile(Path path) {
    /// A Dockerfile's own, `NAME.dockerignore` beside it, replaces that of the context.
    public static IgnoreFile of(Path context, Path dockerfile) {
        Path own = dockerfile.resolveSibling(dockerfile.getFileName() + ".dockerignore");
        return new IgnoreFile(Files.exists(own) ? own : context.resolve(".dockerignore"));
    }

    /// That of a context whose Dockerfile is no file.
    public static IgnoreFile of(Path context) {
        return new IgnoreFile(context.resolve(".dockerignore"));
    }

    /// The number of the line that keeps a path out, counted from 1; empty if none does.
    ///
    /// @param file relative to the context
    public Optional<Integer> lineFor(String file) throws IOException {
        List<String> lines = Files.readAllLines(path, ISO_8859_1);
        Optional<Integer> deciding = Optional.empty();
        for (int i = 0; i < lines.size(); i++) {
            byte[] upToHere = String.join("\n", lines.subList(0, i + 1)).getBytes(ISO_8859_1);
            boolean excluded = DockerIgnore.read(new ByteArrayInputStream(upToHere)).excludes(file);
            if (excluded != deciding.isPresent()) {
                deciding = excluded ? Optional.of(i + 1) : Optional.empty();
            }
        }
        return deciding;
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
