package dev.jbuild.registry.server;

import java.net.InetSocketAddress;
import java.nio.file.Path;

/// What a registry server is started with.
///
/// @param root the directory of all that it keeps
public record ServerConfig(Path root, InetSocketAddress listen) {}
