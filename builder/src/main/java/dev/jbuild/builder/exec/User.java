package dev.jbuild.builder.exec;

import java.util.List;

/// The user a command runs as.
///
/// @param additionalGids the supplementary groups, without `gid`
/// @param home the value of HOME if the environment has none
public record User(int uid, int gid, List<Integer> additionalGids, String home) {
    /// uid 0, gid 0, at home in /root.
    public static final User ROOT = new User(0, 0, List.of(), "/root");

    public User {
        additionalGids = List.copyOf(additionalGids);
        Checks.absolute("home directory", home);
    }
}
