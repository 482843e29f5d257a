package dev.jbuild.dockerfile;

/// A name and its value, unexpanded, quotes and escapes in place.
///
/// @param legacy whether it was written without `=`, as in `ENV name value`
public record KeyValue(String key, String value, boolean legacy) {}
