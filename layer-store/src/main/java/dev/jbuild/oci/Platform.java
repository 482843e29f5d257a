package dev.jbuild.oci;

import java.util.Optional;

/// What an image runs on (OCI image-spec 1.1, image-index.md, "platform").
///
/// @param os GOOS, such as `linux`
/// @param architecture GOARCH, such as `amd64`
/// @param variant such as `v7`
public record Platform(String os, String architecture, Optional<String> variant) {
    public Platform {
        if (os.isBlank() || architecture.isBlank()) {
            throw new IllegalArgumentException(
                    "invalid platform '"
                            + os
                            + "/"
                            + architecture
                            + "': an example is linux/amd64");
        }
    }

    public static Platform of(String os, String architecture) {
        return new Platform(os, architecture, Optional.empty());
    }

    /// Reads `os/architecture[/variant]`.
    public static Platform parse(String text) {
        String[] parts = text.split("/", -1);
        if (parts.length < 2 || parts.length > 3) {
            throw new IllegalArgumentException(
                    "invalid platform '" + text + "': an example is linux/arm64/v8");
        }
        return new Platform(
                parts[0], parts[1], parts.length == 3 ? Optional.of(parts[2]) : Optional.empty());
    }

    /// The platform of this machine.
    public static Platform host() {
        return switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> of("linux", "amd64");
            case "aarch64" -> of("linux", "arm64");
            case String other -> of("linux", other);
        };
    }

    /// Whether an image for `offered` runs where this one is wanted: the same, variants aside if
    /// one side has none.
    public boolean accepts(Platform offered) {
        return os.equals(offered.os)
                && architecture.equals(offered.architecture)
                && (variant.isEmpty()
                        || offered.variant.isEmpty()
                        || variant.equals(offered.variant));
    }

    @Override
    public String toString() {
        return os + "/" + architecture + variant.map(v -> "/" + v).orElse("");
    }
}
