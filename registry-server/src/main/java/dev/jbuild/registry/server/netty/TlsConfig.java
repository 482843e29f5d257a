package dev.jbuild.registry.server.netty;

import java.nio.file.Path;
import java.util.Optional;

/// How connections are encrypted.
///
/// @param certificate the server's certificate and those between it and the root, PEM
/// @param key its private key, PEM (PKCS #8), without a password
/// @param clients the authorities of client certificates, PEM; empty: clients show none
/// @param clientsOnly whether who shows no certificate is turned away
public record TlsConfig(Path certificate, Path key, Optional<Path> clients, boolean clientsOnly) {}
