package dev.jbuild.registry.server.storage;

/// Part of a sorted list.
///
/// @param limit the most entries
/// @param after entries up to and including this one, which need not exist, are left out
public record Page(int limit, String after) {}
