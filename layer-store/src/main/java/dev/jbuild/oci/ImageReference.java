package dev.jbuild.oci;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// The full name of an image: `[host[:port]/]path[:tag][@digest]`. The first component is a host
/// only if it has a `.` or a `:` or is `localhost`; otherwise the image is Docker Hub's, and a name
/// of one component stands in its `library`.
///
/// @param registry host and port, such as `docker.io` or `127.0.0.1:5000`
/// @param tag absent only if there is a digest
/// @param digest decides if both are given; the tag is then informational
public record ImageReference(
        String registry, RepositoryName repository, Optional<Tag> tag, Optional<Digest> digest) {
    public static final String DOCKER_HUB = "docker.io";
    private static final String LIBRARY = "library/";
    private static final Pattern HOST =
            Pattern.compile(
                    "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
                            + "(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*"
                            + "|\\[[0-9a-fA-F:.]+])(?::[0-9]{1,5})?");

    public ImageReference {
        if (!HOST.matcher(registry).matches()) {
            throw new InvalidReferenceException(
                    "invalid registry '"
                            + registry
                            + "': it is a host with a port or without, such as reg.example:5000");
        }
        if (tag.isEmpty() && digest.isEmpty()) {
            tag = Optional.of(Tag.LATEST);
        }
    }

    /// Reads a name as people write it; without tag and digest it means `latest`.
    ///
    /// @throws InvalidReferenceException says what is wrong with it
    public static ImageReference parse(String text) {
        String rest = text;
        Optional<Digest> digest = Optional.empty();
        int at = rest.indexOf('@');
        if (at >= 0) {
            digest = Optional.of(digest(text, rest.substring(at + 1)));
            rest = rest.substring(0, at);
        }
        Optional<Tag> tag = Optional.empty();
        int colon = rest.lastIndexOf(':');
        if (colon > rest.lastIndexOf('/')) {
            tag = Optional.of(new Tag(rest.substring(colon + 1)));
            rest = rest.substring(0, colon);
        }
        int slash = rest.indexOf('/');
        boolean hasHost = slash > 0 && isHost(rest.substring(0, slash));
        String registry = hasHost ? hub(rest.substring(0, slash)) : DOCKER_HUB;
        String path = hasHost ? rest.substring(slash + 1) : rest;
        return new ImageReference(registry, repository(text, registry, path), tag, digest);
    }

    /// The same repository by tag.
    public ImageReference withTag(Tag tag) {
        return new ImageReference(registry, repository, Optional.of(tag), Optional.empty());
    }

    /// The same repository by digest.
    public ImageReference withDigest(Digest digest) {
        return new ImageReference(registry, repository, Optional.empty(), Optional.of(digest));
    }

    /// What follows the repository in a request: the digest if there is one, else the tag.
    public String identifier() {
        return digest.map(Digest::toString)
                .or(() -> tag.map(Tag::value))
                .orElseThrow(() -> new IllegalStateException("neither tag nor digest"));
    }

    /// The short form that people write: Docker Hub's host and `library/` left out.
    public String familiar() {
        String path = repository.value();
        if (!registry.equals(DOCKER_HUB)) {
            return registry + "/" + path + suffix();
        }
        return (path.startsWith(LIBRARY) ? path.substring(LIBRARY.length()) : path) + suffix();
    }

    /// The complete form, such as `docker.io/library/debian:bookworm`.
    @Override
    public String toString() {
        return registry + "/" + repository + suffix();
    }

    private String suffix() {
        return tag.map(t -> ":" + t).orElse("") + digest.map(d -> "@" + d).orElse("");
    }

    private static RepositoryName repository(String text, String registry, String path) {
        if (path.isEmpty()) {
            throw new InvalidReferenceException(
                    "invalid image name '" + text + "': there is no name in it");
        }
        if (!path.equals(path.toLowerCase(Locale.ROOT))) {
            throw new InvalidReferenceException(
                    "invalid image name '"
                            + text
                            + "': a repository is written in lower case: "
                            + path.toLowerCase(Locale.ROOT));
        }
        boolean official = registry.equals(DOCKER_HUB) && path.indexOf('/') < 0;
        try {
            return new RepositoryName(official ? LIBRARY + path : path);
        } catch (InvalidReferenceException e) {
            throw new InvalidReferenceException(
                    "invalid image name '" + text + "': " + e.getMessage());
        }
    }

    private static Digest digest(String text, String digest) {
        try {
            return Digest.parse(digest);
        } catch (InvalidDigestException e) {
            throw new InvalidReferenceException(
                    "invalid image name '" + text + "': " + e.getMessage());
        }
    }

    private static boolean isHost(String component) {
        return component.indexOf('.') >= 0
                || component.indexOf(':') >= 0
                || component.equals("localhost")
                || !component.equals(component.toLowerCase(Locale.ROOT));
    }

    private static String hub(String host) {
        return host.equals("index.docker.io") || host.equals("registry-1.docker.io")
                ? DOCKER_HUB
                : host;
    }
}
