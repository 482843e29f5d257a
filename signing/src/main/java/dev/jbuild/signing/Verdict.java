package dev.jbuild.signing;

/// What became of a verification.
public sealed interface Verdict {
    /// @param identity the name that was signed
    record Trusted(String identity) implements Verdict {}

    /// @param reason what is wrong
    /// @param remedy what to do about it
    record Untrusted(String reason, String remedy) implements Verdict {}
}
