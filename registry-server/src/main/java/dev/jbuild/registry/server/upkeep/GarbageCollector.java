package dev.jbuild.registry.server.upkeep;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.GarbageIndex;
import dev.jbuild.registry.server.storage.GarbageIndex.IdleBlob;
import dev.jbuild.registry.server.storage.GarbageIndex.LooseManifest;
import dev.jbuild.registry.server.storage.GarbageIndex.LoosePage;
import dev.jbuild.registry.server.storage.GarbageIndex.LoosePosition;
import dev.jbuild.registry.server.storage.GarbageIndex.Orphan;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import dev.jbuild.registry.server.storage.Metadata;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Collects garbage beside everything else that goes on, a little at a time: each step is a
/// transaction that checks again what it is about to do, and the file of a digest is touched only
/// while nobody adds that digest. It can be killed at any moment; what it has begun is finished by
/// the next one. See decisions/0007.
public final class GarbageCollector {
    private static final int UNLINKED_AT_ONCE = 200;
    private static final int FILES_AT_ONCE = 16;
    private static final long LONGEST_REST_NANOS = 1_000_000_000;

    private final GarbageIndex index;
    private final ContentStore content;
    private final GarbagePolicy policy;
    private final Retention retention;
    private final Consumer<Collected> always;
    private boolean swept;

    /// @param always told of each thing after it was done, whoever asked for it
    public GarbageCollector(
            Metadata metadata,
            ContentStore content,
            GarbagePolicy policy,
            Consumer<Collected> always) {
        this.index = metadata.garbage();
        this.content = content;
        this.policy = policy;
        this.retention = new Retention(metadata, policy.retention());
        this.always = always;
    }

    /// Collects all that is due. One at a time.
    ///
    /// @param alsoTold of each thing after it was done
    /// @param stop ends it early
    public synchronized void collect(Consumer<Collected> alsoTold, Stop stop)
            throws IOException, InterruptedException {
        Consumer<Collected> told = always.andThen(alsoTold);
        if (!swept) {
            sweepQuarantine();
            swept = true;
        }
        removeStrays(told);
        retention.apply(told, stop);
        long now = System.currentTimeMillis();
        deleteLooseManifests(now, told, stop);
        unlinkIdleBlobs(now, told, stop);
        index.removeEmptyRepositories(policy.grace().collectBefore(now), UNLINKED_AT_ONCE)
                .forEach(name -> told.accept(new Collected.Repository(name)));
        putOrphansAside(told, stop);
        removeQuarantined(told, stop);
    }

    /// Tells what [#collect] would do now, without doing it, but for tags ([Retention]). What
    /// becomes garbage only by that, such as the blobs of a manifest, is not told.
    ///
    /// @param most of each kind
    public static void preview(
            GarbageIndex index, GarbagePolicy policy, int most, Consumer<Collected> told)
            throws IOException {
        long now = System.currentTimeMillis();
        Optional<LoosePosition> next = Optional.of(LoosePosition.START);
        while (next.isPresent()) {
            LoosePage page = index.loose(now, next.get(), most);
            for (LooseManifest manifest : page.manifests()) {
                if (isDue(policy, manifest, now)) {
                    told.accept(manifest(manifest));
                }
            }
            next = page.next();
        }
        for (IdleBlob blob : index.idle(policy.grace().collectBefore(now), most)) {
            told.accept(blob(blob));
        }
        for (Orphan orphan : index.orphans(now - policy.settle().toMillis(), most)) {
            told.accept(new Collected.PutAside(orphan.digest(), orphan.size()));
        }
        for (Orphan orphan : index.quarantined(now - policy.quarantine().toMillis(), most)) {
            told.accept(new Collected.Removed(orphan.digest(), orphan.size()));
        }
    }

    /// Files put aside that were pushed again just before a crash.
    private void sweepQuarantine() throws IOException {
        for (Digest digest : content.quarantine().list()) {
            try (ContentStore.Sole sole = content.trySole(digest).orElse(null)) {
                if (sole != null && !index.isQuarantined(digest)) {
                    content.quarantine().discard(digest);
                }
            }
        }
    }

    private void removeStrays(Consumer<Collected> told) throws IOException {
        for (Digest digest : content.takeDoubtful()) {
            try (ContentStore.Sole sole = content.trySole(digest).orElse(null)) {
                if (sole == null) {
                    content.doubt(digest); // next time
                } else if (!index.isKnown(digest)) {
                    sole.remove();
                    told.accept(new Collected.Stray(digest));
                }
            }
        }
    }

    private void deleteLooseManifests(long now, Consumer<Collected> told, Stop stop)
            throws IOException, InterruptedException {
        Optional<LoosePosition> next = Optional.of(LoosePosition.START);
        while (next.isPresent()) {
            long start = System.nanoTime();
            LoosePage page = index.loose(now, next.get(), UNLINKED_AT_ONCE);
            for (LooseManifest manifest : page.manifests()) {
                Optional<GarbagePolicy.Age> age =
                        policy.untagged(manifest.repository(), manifest.retired());
                if (age.isPresent() && index.deleteLoose(manifest, age.get().collectBefore(now))) {
                    told.accept(manifest(manifest));
                }
            }
            next = rest(start, stop) ? page.next() : Optional.empty();
        }
    }

    private void unlinkIdleBlobs(long now, Consumer<Collected> told, Stop stop)
            throws IOException, InterruptedException {
        long before = policy.grace().collectBefore(now);
        boolean more = true;
        while (more) {
            long start = System.nanoTime();
            List<IdleBlob> batch = index.unlinkIdle(before, UNLINKED_AT_ONCE);
            batch.forEach(blob -> told.accept(blob(blob)));
            more = rest(start, stop) && batch.size() == UNLINKED_AT_ONCE;
        }
    }

    private void putOrphansAside(Consumer<Collected> told, Stop stop)
            throws IOException, InterruptedException {
        long before = System.currentTimeMillis() - policy.settle().toMillis();
        boolean more = true;
        while (more) {
            long start = System.nanoTime();
            List<Orphan> batch = index.orphans(before, FILES_AT_ONCE);
            int done =
                    alone(
                            batch,
                            (soles, orphans) -> {
                                List<Digest> marked = index.quarantine(digests(orphans), before);
                                for (int i = 0; i < orphans.size(); i++) {
                                    Orphan orphan = orphans.get(i);
                                    if (marked.contains(orphan.digest())) {
                                        soles.get(i).putAside();
                                        told.accept(
                                                new Collected.PutAside(
                                                        orphan.digest(), orphan.size()));
                                    }
                                }
                                return marked.size();
                            });
            more = rest(start, stop) && batch.size() == FILES_AT_ONCE && done > 0;
        }
    }

    private void removeQuarantined(Consumer<Collected> told, Stop stop)
            throws IOException, InterruptedException {
        long before = System.currentTimeMillis() - policy.quarantine().toMillis();
        boolean more = true;
        while (more) {
            long start = System.nanoTime();
            List<Orphan> batch = index.quarantined(before, FILES_AT_ONCE);
            int done = alone(batch, (soles, orphans) -> remove(soles, orphans, told));
            more = rest(start, stop) && batch.size() == FILES_AT_ONCE && done > 0;
        }
    }

    /// The files go first: a crash in between leaves an entry without a file, which the next
    /// collection or push puts right.
    private int remove(
            List<ContentStore.Sole> soles, List<Orphan> orphans, Consumer<Collected> told)
            throws IOException {
        List<Orphan> removed = new ArrayList<>();
        for (int i = 0; i < orphans.size(); i++) {
            if (index.isQuarantined(orphans.get(i).digest())) {
                soles.get(i).remove();
                removed.add(orphans.get(i));
            }
        }
        if (!removed.isEmpty()) {
            content.syncAll();
            index.forget(digests(removed));
            removed.forEach(
                    orphan -> told.accept(new Collected.Removed(orphan.digest(), orphan.size())));
        }
        return removed.size();
    }

    private interface Step {
        int run(List<ContentStore.Sole> soles, List<Orphan> orphans) throws IOException;
    }

    /// Does something with those that nobody adds just now.
    private int alone(List<Orphan> batch, Step step) throws IOException {
        List<ContentStore.Sole> soles = new ArrayList<>();
        List<Orphan> free = new ArrayList<>();
        try {
            for (Orphan orphan : batch) {
                Optional<ContentStore.Sole> sole = content.trySole(orphan.digest());
                if (sole.isPresent()) {
                    soles.add(sole.get());
                    free.add(orphan);
                }
            }
            return free.isEmpty() ? 0 : step.run(soles, free);
        } finally {
            soles.forEach(ContentStore.Sole::close);
        }
    }

    /// Leaves at least half of the time to others.
    ///
    /// @return whether to go on
    static boolean rest(long startNanos, Stop stop) throws InterruptedException {
        return stop.pause(Math.min(LONGEST_REST_NANOS, System.nanoTime() - startNanos));
    }

    private static List<Digest> digests(List<Orphan> orphans) {
        return orphans.stream().map(Orphan::digest).toList();
    }

    private static boolean isDue(GarbagePolicy policy, LooseManifest manifest, long now) {
        return policy.untagged(manifest.repository(), manifest.retired())
                .map(age -> manifest.sinceMillis() < age.collectBefore(now))
                .orElse(false);
    }

    private static Collected manifest(LooseManifest manifest) {
        return new Collected.Manifest(manifest.repository(), manifest.digest(), manifest.size());
    }

    private static Collected blob(IdleBlob blob) {
        return new Collected.Blob(blob.repository(), blob.digest(), blob.size());
    }
}
