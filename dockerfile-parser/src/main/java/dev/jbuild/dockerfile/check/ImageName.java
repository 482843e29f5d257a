package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.text.GoText;
import java.util.regex.Pattern;

/// Whether a text names an image, with Docker Hub's abbreviations
/// (https://github.com/distribution/reference).
final class ImageName {
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
        if (text.isEmpty() || text.length() > LONGEST || IDENTIFIER.matcher(text).matches()) {
            return false;
        }
        String rest = text;
        int at = rest.indexOf('@');
        if (at >= 0) {
            if (!DIGEST.matcher(rest.substring(at + 1)).matches()) {
                return false;
            }
            rest = rest.substring(0, at);
        }
        int slash = rest.indexOf('/');
        String domain = "docker.io";
        if (slash >= 0 && isDomain(rest.substring(0, slash))) {
            domain = rest.substring(0, slash);
            rest = rest.substring(slash + 1);
        }
        int colon = rest.lastIndexOf(':');
        if (colon >= 0) {
            if (!TAG.matcher(rest.substring(colon + 1)).matches()) {
                return false;
            }
            rest = rest.substring(0, colon);
        }
        return domain.length() + 1 + rest.length() <= LONGEST_NAME
                && PATH.matcher(rest).matches()
                && (DOMAIN.matcher(domain).matches() || PATH.matcher(domain).matches());
    }

    /// Whether the part before the first slash is a registry rather than a path.
    private static boolean isDomain(String part) {
        return part.indexOf('.') >= 0
                || part.indexOf(':') >= 0
                || part.equals("localhost")
                || !part.equals(GoText.lower(part));
    }
}
