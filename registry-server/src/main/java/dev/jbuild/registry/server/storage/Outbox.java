package dev.jbuild.registry.server.storage;

import java.util.List;
import java.util.Set;

/// Announcements that wait to be delivered, kept by the transactions that they are about. Each is
/// delivered at least once, or dropped when it is too old. Times are milliseconds since 1970.
public interface Outbox {

    /// @param id grows with the order of what they tell
    /// @param attempts how often it was refused
    record Waiting(long id, String body, long createdMillis, int attempts) {}

    /// Those that may be tried, the oldest first.
    List<Waiting> due(String receiver, long nowMillis, int most) throws StorageException;

    /// When the next one that waits may be tried; [Long#MAX_VALUE] if none waits.
    long nextDue(String receiver) throws StorageException;

    void remove(List<Long> ids) throws StorageException;

    /// Lets one wait, and counts the attempt.
    void postpone(long id, long dueMillis) throws StorageException;

    /// Drops what is older than that, and the oldest of what is more than so many.
    ///
    /// @return how many
    int dropOld(String receiver, long beforeMillis, int most) throws StorageException;

    /// Drops what is for others than these.
    int dropOthers(Set<String> receivers) throws StorageException;

    long count() throws StorageException;
}
