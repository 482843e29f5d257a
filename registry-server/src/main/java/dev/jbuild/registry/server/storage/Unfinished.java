package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.storage.RuleViolationException.Rule;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How many uploads are under way and how many bytes they have, so that quotas count these and
/// nobody starts any number of uploads. Knows them whether their sessions are in memory or not.
/// Safe for use by several threads.
final class Unfinished {
    /// So often the index is asked how much else there is.
    private static final long ASKED_EVERY = 8L << 20;

    private final UploadLimits limits;
    private final RepositoryIndex index;

    // All guarded by this.
    private final Map<String, Meter> meters = new HashMap<>();
    private final Map<RepositoryName, Share> repositories = new HashMap<>();
    private final Map<String, Integer> users = new HashMap<>();
    private long bytes;

    private static final class Share {
        private int resumable;
        private int all;
        private long bytes;
    }

    Unfinished(UploadLimits limits, RepositoryIndex index) {
        this.limits = limits;
        this.index = index;
    }

    /// An upload that is new.
    ///
    /// @throws RuleViolationException if there are too many, or there is no room for a byte more
    Meter start(UploadIndex.Upload upload) throws StorageException {
        Meter meter;
        synchronized (this) {
            Share share = repositories.get(upload.repository());
            if (share != null && share.resumable >= limits.perRepository()) {
                throw tooMany("repository '" + upload.repository() + "'", limits.perRepository());
            }
            Optional<String> user = Actor.current();
            if (user.isPresent() && users.getOrDefault(user.get(), 0) >= limits.perUser()) {
                throw tooMany("'" + user.get() + "'", limits.perUser());
            }
            meter = new Meter(upload, user, true, 0);
            enter(meter);
        }
        try {
            meter.require(Optional.empty(), 1);
        } catch (StorageException | RuleViolationException e) {
            ended(upload.id());
            throw e;
        }
        return meter;
    }

    /// An upload in one request, which is not one of those that are limited.
    synchronized Meter passing(UploadIndex.Upload upload) {
        Meter meter = new Meter(upload, Optional.empty(), false, 0);
        enter(meter);
        return meter;
    }

    /// An upload that the index knows.
    ///
    /// @param size in bytes; what is known of it already goes before
    synchronized Meter known(UploadIndex.Upload upload, long size) {
        Meter known = meters.get(upload.id());
        if (known != null) {
            return known;
        }
        Meter meter = new Meter(upload, Optional.empty(), true, size);
        enter(meter);
        return meter;
    }

    /// No error if it isn't there.
    synchronized void ended(String id) {
        Meter meter = meters.remove(id);
        if (meter == null) {
            return;
        }
        change(meter, -meter.size);
        meter.share.all--;
        if (meter.resumable) {
            meter.share.resumable--;
        }
        if (meter.share.all == 0) {
            repositories.remove(meter.upload.repository());
        }
        meter.user.ifPresent(user -> users.merge(user, -1, Unfinished::sumOrNone));
    }

    private void enter(Meter meter) {
        meters.put(meter.upload.id(), meter);
        meter.share.all++;
        if (meter.resumable) {
            meter.share.resumable++;
        }
        long size = meter.size;
        meter.size = 0;
        change(meter, size);
        meter.user.ifPresent(user -> users.merge(user, 1, Integer::sum));
    }

    private void change(Meter meter, long by) {
        meter.size += by;
        meter.share.bytes += by;
        bytes += by;
    }

    private static @Nullable Integer sumOrNone(int a, int b) {
        return a + b == 0 ? null : a + b;
    }

    private static RuleViolationException tooMany(String whose, int most) {
        return new RuleViolationException(
                Rule.TOO_MANY_UPLOADS,
                "too many uploads of "
                        + whose
                        + " are unfinished; "
                        + most
                        + " may be: finish or cancel some, or wait until they expire");
    }

    /// What one upload has. One thread at a time lets it grow.
    final class Meter {
        private final UploadIndex.Upload upload;
        private final Optional<String> user;
        private final boolean resumable;
        private final Share share; // what is in it is guarded by Unfinished.this
        private long size; // guarded by Unfinished.this

        // Of the request under way.
        private Optional<Digest> promised = Optional.empty();
        private RepositoryIndex.Room room = RepositoryIndex.Room.UNLIMITED;
        private long sinceAsked;

        /// To be called by whoever holds the lock.
        private Meter(
                UploadIndex.Upload upload, Optional<String> user, boolean resumable, long size) {
            this.upload = upload;
            this.share = repositories.computeIfAbsent(upload.repository(), _ -> new Share());
            this.user = user;
            this.resumable = resumable;
            this.size = size;
        }

        /// To be called before bytes come.
        ///
        /// @param digest that the upload is to have, if it is known; content that is there already
        ///     takes no more room
        /// @param announced how many more bytes come at least
        /// @throws RuleViolationException if there is no room for them
        void require(Optional<Digest> digest, long announced) throws StorageException {
            promised = digest;
            ask(announced);
        }

        /// @throws RuleViolationException if there is no room for so many bytes, which count
        ///     nevertheless
        void grow(long more) throws StorageException {
            boolean fits;
            synchronized (Unfinished.this) {
                if (meters.get(upload.id()) == this) {
                    change(this, more);
                }
                fits = share.bytes <= room.inRepository() && bytes <= room.inAll();
            }
            sinceAsked += more;
            if (!fits || (sinceAsked >= ASKED_EVERY && room.isLimited())) {
                ask(0);
            }
        }

        /// What it has after all.
        void set(long now) {
            synchronized (Unfinished.this) {
                if (meters.get(upload.id()) == this) {
                    change(this, now - size);
                }
            }
        }

        void end() {
            ended(upload.id());
        }

        private void ask(long more) throws StorageException {
            RepositoryIndex.UnderWay underWay;
            synchronized (Unfinished.this) {
                underWay =
                        new RepositoryIndex.UnderWay(size + more, share.bytes + more, bytes + more);
            }
            room = index.requireRoom(upload.repository(), promised, underWay);
            sinceAsked = 0;
        }
    }
}
