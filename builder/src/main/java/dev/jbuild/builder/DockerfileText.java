package dev.jbuild.builder;

import dev.jbuild.builder.plan.Secrets;
import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.Source;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// Where the Dockerfile of a context is, and what is in it.
public final class DockerfileText {
    private DockerfileText() {}

    /// @param named as the user says with `-f`; else it is `Dockerfile` in the context
    public static Path path(Path context, Optional<Path> named) {
        boolean here = context.equals(Path.of("."));
        return named.orElseGet(() -> here ? Path.of("Dockerfile") : context.resolve("Dockerfile"));
    }

    /// @throws FileSystemException if there is none; it says how to name it
    public static Source read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new FileSystemException(
                    file.toString(), null, "a directory, no Dockerfile; name one with -f FILE");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return Source.read(file.toString(), in);
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException(
                    file.toString(), null, "there is no Dockerfile here; name it with -f FILE");
        }
    }

    /// @throws FileSystemException if it is no directory
    public static void requireContext(Path context) throws IOException {
        if (!Files.exists(context)) {
            throw new NoSuchFileException(
                    context.toString(), null, "there is no such build context");
        }
        if (!Files.isDirectory(context)) {
            throw new FileSystemException(
                    context.toString(), null, "the build context has to be a directory");
        }
    }

    /// The same for messages, which show its lines: without the passwords of URLs.
    static Dockerfile withoutSecrets(Dockerfile file) {
        return new Dockerfile(
                withoutSecrets(file.source()),
                file.directives(),
                file.globalArgs(),
                file.stages(),
                file.emptyContinuations());
    }

    static Source withoutSecrets(Source source) {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i <= source.lineCount(); i++) {
            text.append(source.line(i)).append('\n');
        }
        String shown = Secrets.hide(text.toString());
        return shown.contentEquals(text) ? source : Source.of(source.name(), Source.bytesOf(shown));
    }
}
