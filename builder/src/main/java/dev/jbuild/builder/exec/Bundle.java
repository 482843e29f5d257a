package dev.jbuild.builder.exec;

import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The directory of one run (OCI runtime-spec 1.0, bundle.md), with the state and the log of the
/// runtime. Only its owner can look inside: the environment may hold secrets.
record Bundle(Path directory) implements AutoCloseable {

    static Bundle create(Path parent) throws IOException {
        Files.createDirectories(parent);
        Bundle bundle =
                new Bundle(
                        Files.createTempDirectory(
                                parent,
                                "run-",
                                PosixFilePermissions.asFileAttribute(
                                        PosixFilePermissions.fromString("rwx------"))));
        Files.createDirectory(bundle.state());
        Files.createFile(bundle.log());
        return bundle;
    }

    /// Also the runtime's name for the container, of characters that it allows.
    String id() {
        return directory.getFileName().toString();
    }

    Path state() {
        return directory.resolve("state");
    }

    Path log() {
        return directory.resolve("log");
    }

    /// Written by the runtime when the container is made, before the program is started.
    Path pidFile() {
        return directory.resolve("pid");
    }

    void config(Json config) throws IOException {
        Path file = directory.resolve("config.json");
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(file, config.encode());
    }

    /// A file to be bound into the container, readable to all users there.
    Path file(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        return file;
    }

    /// The last error in the log; the runtimes write one only when they themselves fail.
    Optional<String> error() throws IOException {
        List<String> errors = errors();
        return errors.isEmpty() ? Optional.empty() : Optional.of(errors.getLast());
    }

    List<String> errors() throws IOException {
        if (Files.size(log()) == 0) {
            return List.of();
        }
        try (Stream<String> lines = Files.readString(log(), StandardCharsets.UTF_8).lines()) {
            return lines.flatMap(line -> message(line).stream()).toList();
        }
    }

    private static Optional<String> message(String line) {
        try {
            JsonMembers record =
                    JsonMembers.parse("runtime log", line.getBytes(StandardCharsets.UTF_8));
            return record.text("level").orElse("").equals("error")
                    ? record.text("msg")
                    : Optional.empty();
        } catch (IOException e) {
            // The record is being written.
            return Optional.empty();
        }
    }

    /// Removes it all.
    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.deleteIfExists(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
