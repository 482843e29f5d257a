package dev.jbuild.registry.server.journal;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.storage.Change;
import java.nio.charset.StandardCharsets;

/// A change as a line of words, such as `+t team/app v1 sha256:44136fa3… 1700000000000`.
final class ChangeLine {
    private ChangeLine() {}

    /// Without the end of the line.
    static String of(Change change) {
        return switch (change) {
            case Change.BlobLinked c -> "+b " + c.repository() + " " + c.digest() + " " + c.size();
            case Change.BlobUnlinked c -> "-b " + c.repository() + " " + c.digest();
            case Change.ManifestPut c ->
                    "+m "
                            + c.repository()
                            + " "
                            + c.digest()
                            + " "
                            + c.size()
                            + " "
                            + quoted(c.mediaType());
            case Change.ManifestDeleted c -> "-m " + c.repository() + " " + c.digest();
            case Change.Tagged c ->
                    "+t "
                            + c.repository()
                            + " "
                            + c.tag()
                            + " "
                            + c.manifest()
                            + " "
                            + c.pushedMillis();
            case Change.Untagged c -> "-t " + c.repository() + " " + c.tag();
        };
    }

    /// @throws IllegalArgumentException if it is none of these lines
    static Change parse(String line) {
        String[] words = line.split(" ", 5);
        RepositoryName repository = new RepositoryName(word(words, 1));
        return switch (words[0]) {
            case "+b" ->
                    new Change.BlobLinked(repository, digest(words, 2), Long.parseLong(words[3]));
            case "-b" -> new Change.BlobUnlinked(repository, digest(words, 2));
            case "+m" ->
                    new Change.ManifestPut(
                            repository,
                            digest(words, 2),
                            Long.parseLong(word(words, 3)),
                            mediaType(word(words, 4)));
            case "-m" -> new Change.ManifestDeleted(repository, digest(words, 2));
            case "+t" ->
                    new Change.Tagged(
                            repository,
                            new Tag(word(words, 2)),
                            digest(words, 3),
                            Long.parseLong(word(words, 4)));
            case "-t" -> new Change.Untagged(repository, new Tag(word(words, 2)));
            default -> throw new IllegalArgumentException("unknown change '" + line + "'");
        };
    }

    private static Digest digest(String[] words, int index) {
        return Digest.parse(word(words, index));
    }

    private static String word(String[] words, int index) {
        if (index >= words.length) {
            throw new IllegalArgumentException("a change of " + words.length + " words");
        }
        return words[index];
    }

    /// Clients choose it: it may have spaces and ends of lines.
    private static String quoted(MediaType type) {
        return new String(Json.of(type.value()).encode(), StandardCharsets.UTF_8);
    }

    private static MediaType mediaType(String quoted) {
        try {
            if (Json.parse(quoted.getBytes(StandardCharsets.UTF_8)) instanceof Json.Str text) {
                return new MediaType(text.value());
            }
        } catch (InvalidJsonException e) {
            throw new IllegalArgumentException("no media type: " + quoted, e);
        }
        throw new IllegalArgumentException("no media type: " + quoted);
    }
}
