package dev.jbuild.builder.exec;

/// What a command is allowed beyond what its user is.
public enum Privileges {
    /// Docker's default capabilities and system calls; no device but the harmless ones can be
    /// opened, the kernel's controls are hidden or read-only.
    DEFAULT,
    /// All capabilities of this process and all system calls, nothing hidden.
    ALL
}
