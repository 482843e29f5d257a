package dev.jbuild.registry.server.storage;

import java.util.Optional;

/// Who makes the changes that the current thread asks the index for, by the name that the audit log
/// has, too. Bound around a request rather than handed through everything that it passes: nothing
/// on its way may decide by it.
public final class Actor {
    /// The registry by itself: retention and the collection of garbage. No user can have this name.
    public static final String UPKEEP = "registry:upkeep";

    /// The operator, by `registry import`.
    public static final String IMPORT = "registry:import";

    private static final ScopedValue<String> CURRENT = ScopedValue.newInstance();

    private Actor() {}

    /// Runs something that acts in this name.
    public static <T, X extends Throwable> T as(String name, ScopedValue.CallableOp<T, X> work)
            throws X {
        return ScopedValue.where(CURRENT, name).call(work);
    }

    /// Empty if nobody says who it is, as where access is not controlled.
    public static Optional<String> current() {
        return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
    }
}
