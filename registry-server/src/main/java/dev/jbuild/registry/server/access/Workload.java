package dev.jbuild.registry.server.access;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A job of a CI system or the like that has no password, but a token that somebody else issued
/// (OpenID Connect).
///
/// @param name of the principal, behind `workload:`
/// @param issuer exactly as its tokens have it
/// @param audience one that its tokens must be for
/// @param keys a file with the issuer's keys (RFC 7517); empty if they are fetched from the issuer
/// @param claims patterns that the token's claims must match, where `*` stands for anything
/// @param groups the principal is in
public record Workload(
        String name,
        String issuer,
        String audience,
        Optional<String> keys,
        Map<String, String> claims,
        Set<String> groups) {
    public Workload {
        claims = Map.copyOf(claims);
        groups = Set.copyOf(groups);
    }

    Principal principal() {
        return new Principal(Principal.WORKLOAD + name, groups, List.of());
    }
}
