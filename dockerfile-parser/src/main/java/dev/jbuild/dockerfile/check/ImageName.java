package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.text.GoText;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Whether a text names an image, with Docker Hub's abbreviations
/// (https://github.com/distribution/reference).
final class ImageName {
    private static final String HUB = "docker.io";
    private static final String INVALID = "invalid reference format";
    private static final Map<String, Integer> HASHES =
            Map.of("sha256", 64, "sha384", 96, "sha512", 128);
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST = 1_000;
    private static final String COMPONENT = "[a-z0-9]++(?:(?:\\.|__|_|-++)[a-z0-9]++)*+";
    private static final String LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
    private static final Pattern DOMAIN =
            Pattern.compile(
                    "(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?");
    private static final Pattern PATH = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*+");
    private static final Pattern TAG = Pattern.compile("\\w[\\w.-]{0,127}");
    private static final Pattern DIGEST =
            Pattern.compile("[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}");
    private static final Pattern IDENTIFIER = Pattern.compile("[a-f0-9]{64}");

    private ImageName() {}

    static boolean isValid(String text) {
        return problem(text).isEmpty();
    }

    /// What keeps the text from naming an image, in the words of the reference's library.
    static Optional<String> problem(String text) {
        if (IDENTIFIER.matcher(text).matches()) {
            return Optional.of(
                    "invalid repository name ("
                            + text
                            + "), cannot specify 64-byte hexadecimal strings");
        }
        int slash = text.indexOf('/');
        boolean named = slash >= 0 && isDomain(text.substring(0, slash));
        String domain = named ? text.substring(0, slash) : HUB;
        String remainder = named ? text.substring(slash + 1) : text;
        if (domain.equals("index.docker.io")) {
            domain = HUB;
        }
        if (domain.equals(HUB) && remainder.indexOf('/') < 0) {
            remainder = "library/" + remainder;
        }
        int colon = remainder.indexOf(':');
        String remote = colon < 0 ? remainder : remainder.substring(0, colon);
        if (!remote.equals(GoText.lower(remote))) {
            return Optional.of(INVALID + ": repository name (" + remote + ") must be lowercase");
        }
        return problem(domain, remainder);
    }

    private static Optional<String> problem(String domain, String remainder) {
        if (remainder.length() > LONGEST) {
            return Optional.of(INVALID);
        }
        String path = remainder;
        String digest = "";
        int at = path.indexOf('@');
        if (at >= 0) {
            digest = path.substring(at + 1);
            path = path.substring(0, at);
            if (!DIGEST.matcher(digest).matches()) {
                return Optional.of(INVALID);
            }
        }
        int colon = path.lastIndexOf(':');
        if (colon >= 0) {
            if (!TAG.matcher(path.substring(colon + 1)).matches()) {
                return Optional.of(INVALID);
            }
            path = path.substring(0, colon);
        }
        boolean domainIsPath = !DOMAIN.matcher(domain).matches();
        if (!PATH.matcher(path).matches() || (domainIsPath && !PATH.matcher(domain).matches())) {
            return Optional.of(INVALID);
        }
        int length = path.length() + (domainIsPath ? domain.length() + 1 : 0);
        if (length > LONGEST_NAME) {
            return Optional.of(
                    "repository name must not be more than " + LONGEST_NAME + " characters");
        }
        return digest.isEmpty() ? Optional.empty() : digestProblem(digest);
    }

    /// What keeps the text from being a digest.
    static Optional<String> digestProblem(String digest) {
        if (!DIGEST.matcher(digest).matches()) {
            return Optional.of("invalid checksum digest format");
        }
        int colon = digest.indexOf(':');
        Integer length = HASHES.get(digest.substring(0, colon));
        String hash = digest.substring(colon + 1);
        if (length == null) {
            return Optional.of("unsupported digest algorithm");
        }
        if (hash.length() != length) {
            return Optional.of("invalid checksum digest length");
        }
        return hash.equals(GoText.lower(hash))
                ? Optional.empty()
                : Optional.of("invalid checksum digest format");
    }

    /// Whether the part before the first slash is a registry rather than a path.
    private static boolean isDomain(String part) {
        return part.indexOf('.') >= 0
                || part.indexOf(':') >= 0
                || part.equals("localhost")
                || !part.equals(GoText.lower(part));
    }
}
