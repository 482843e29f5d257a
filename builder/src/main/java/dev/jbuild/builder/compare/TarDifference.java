package dev.jbuild.builder.compare;

/// Where two tars of the same files differ.
///
/// @param bytes of the uncompressed tars
/// @param place for people: what is there in the tars
public record TarDifference(ByteDifference bytes, String place) {}
