package dev.jbuild.registry.server.mirror;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// A registry that has the same content.
///
/// @param url scheme, host and port
/// @param prefix below which it has the repositories of this one; may be empty
/// @param login if it wants one
/// @param authorities of its certificate, PEM, in place of those the machine trusts
/// @param patience for an answer, and for the next bytes of one
public record MirrorConfig(
        URI url,
        String prefix,
        Optional<Login> login,
        Optional<Path> authorities,
        Duration patience) {
    public static final Duration STANDARD_PATIENCE = Duration.ofSeconds(30);

    /// @param passwordFile read anew for each round
    public record Login(String user, Path passwordFile) {}

    /// Whether a password may be sent to an address.
    public static boolean mayHearSecrets(URI address) {
        return Origins.mayHearSecrets(address);
    }

    @Override
    public String toString() {
        return url.toString() + (prefix.isEmpty() ? "" : "/" + prefix);
    }
}
