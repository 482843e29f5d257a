package dev.jbuild.cli;

import dev.jbuild.builder.ContextArchive;
import dev.jbuild.builder.DockerfilePlace;
import dev.jbuild.dockerfile.Source;
import dev.jbuild.store.TempSpace;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What `-` stands for in `jbuild -` and `jbuild -f - PATH`: a Dockerfile, or a build context with
/// one.
final class StandardInput {
    private static final String NAME = "stdin";

    private StandardInput() {}

    /// A context and where its Dockerfile is.
    record Context(Path path, DockerfilePlace dockerfile) {}

    /// Reads a Dockerfile.
    static DockerfilePlace dockerfile(InputStream in) throws IOException {
        return new DockerfilePlace.Given(Source.read(NAME, in));
    }

    /// Reads an archive that is the context, or a Dockerfile whose context is empty.
    ///
    /// @param file the Dockerfile's path in the archive; empty if it was not said
    /// @param temp where the context is made
    static Context context(InputStream in, Optional<Path> file, TempSpace temp)
            throws IOException, UsageException {
        BufferedInputStream buffered = new BufferedInputStream(in, ContextArchive.BEGINNING);
        if (ContextArchive.isArchive(buffered)) {
            return new Context(
                    ContextArchive.unpack(buffered, temp),
                    file.isEmpty()
                            ? DockerfilePlace.standard()
                            : new DockerfilePlace.InContext(file.get()));
        }
        if (file.isPresent()) {
            throw new UsageException(
                    "-f "
                            + file.get()
                            + ": standard input is a Dockerfile itself; leave -f out, or give an archive of the context");
        }
        Path empty = Files.createDirectory(temp.next("context"));
        return new Context(empty, dockerfile(buffered));
    }
}
