package dev.jbuild.registry.server.access;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// Who asks.
///
/// @param name empty for nobody in particular; `robot:NAME` of robots, `workload:NAME` of
///     workloads, so that no user can be taken for one
/// @param groups those that a token says, beside the policy's
/// @param limits if there are any, what is in none of them is denied, whatever the policy says
public record Principal(String name, Set<String> groups, List<Limit> limits) {
    public static final Principal ANONYMOUS = new Principal("", Set.of(), List.of());

    static final String ROBOT = "robot:";
    static final String WORKLOAD = "workload:";

    private static final Pattern USER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}");

    public Principal {
        groups = Set.copyOf(groups);
        limits = List.copyOf(limits);
    }

    public static Principal user(String name) {
        return new Principal(name, Set.of(), List.of());
    }

    public boolean isAnonymous() {
        return name.isEmpty();
    }

    /// Whether a user, or a robot behind its prefix, may be called so.
    static boolean isUserName(String name) {
        return USER.matcher(name).matches();
    }

    @Override
    public String toString() {
        return isAnonymous() ? "anonymous" : name;
    }
}
