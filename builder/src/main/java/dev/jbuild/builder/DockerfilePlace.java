package dev.jbuild.builder;

import dev.jbuild.builder.source.IgnoreFile;
import dev.jbuild.dockerfile.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Where the Dockerfile of a build is.
public sealed interface DockerfilePlace {
    /// @param path relative to the context
    record InContext(Path path) implements DockerfilePlace {}

    /// @param path anywhere, relative to the working directory of this process
    record InFile(Path path) implements DockerfilePlace {}

    /// Its very text; it has no ignore file of its own.
    record Given(Source text) implements DockerfilePlace {}

    /// `Dockerfile` in the context.
    static DockerfilePlace standard() {
        return new InContext(Path.of("Dockerfile"));
    }

    /// Its text.
    ///
    /// @throws java.nio.file.FileSystemException if there is none; it says how to name it
    default Source read(Path context) throws IOException {
        return switch (this) {
            case InContext(Path path) -> DockerfileText.read(within(context, path));
            case InFile(Path path) -> DockerfileText.read(path);
            case Given(Source text) -> text;
        };
    }

    /// The ignore file that counts with it.
    default IgnoreFile ignoreFile(Path context) {
        return switch (this) {
            case InContext(Path path) -> IgnoreFile.of(context, within(context, path));
            case InFile(Path path) -> IgnoreFile.of(context, path);
            case Given _ -> IgnoreFile.of(context);
        };
    }

    private static Path within(Path context, Path path) {
        return path.equals(Path.of("Dockerfile"))
                ? DockerfileText.path(context, Optional.empty())
                : context.resolve(path);
    }
}
