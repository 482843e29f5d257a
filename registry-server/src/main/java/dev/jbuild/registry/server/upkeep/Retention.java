package dev.jbuild.registry.server.upkeep;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.Page;
import dev.jbuild.registry.server.storage.RetentionIndex;
import dev.jbuild.registry.server.storage.RetentionIndex.TagPush;
import dev.jbuild.registry.server.storage.RetentionIndex.TagState;
import dev.jbuild.registry.server.storage.RetentionPolicy;
import dev.jbuild.registry.server.storage.RetentionPolicy.Plan;
import dev.jbuild.registry.server.storage.RetentionPolicy.Rule;
import dev.jbuild.registry.server.storage.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Deletes the tags that a policy lets go, a few in each transaction, which checks again that
/// nothing keeps them; or tells which it would delete.
public final class Retention {
    private static final int PAGE = 1000;
    private static final int AT_ONCE = 50;
    private static final String RECOVERED =
            "recovered by reindex: tag its manifest as it should be, then delete this tag";

    private final Metadata metadata;
    private final RetentionPolicy policy;

    public Retention(Metadata metadata, RetentionPolicy policy) {
        this.metadata = metadata;
        this.policy = policy;
    }

    /// What would become of a tag now.
    public sealed interface Foreseen {
        RepositoryName repository();

        Tag tag();

        String why();

        /// @param last whether its manifest has no other tag then, and so goes after it
        record Goes(RepositoryName repository, Tag tag, Digest manifest, boolean last, String why)
                implements Foreseen {}

        record Stays(RepositoryName repository, Tag tag, String why) implements Foreseen {}
    }

    void apply(Consumer<Collected> told, Stop stop) throws StorageException, InterruptedException {
        if (policy.rules().isEmpty()) {
            return;
        }
        String after = "";
        boolean more = true;
        while (more) {
            List<String> names = metadata.repositories().repositories(new Page(PAGE, after));
            for (String name : names) {
                RepositoryName repository = new RepositoryName(name);
                if (more && policy.concerns(repository)) {
                    more = apply(repository, told, stop);
                }
            }
            after = names.isEmpty() ? "" : names.getLast();
            more &= names.size() == PAGE && !stop.isAsked();
        }
    }

    /// Tells what [#apply] would do now, and why. Tags that no rule fits are not told of.
    public void preview(Consumer<Foreseen> told) throws StorageException {
        String after = "";
        boolean more = !policy.rules().isEmpty();
        while (more) {
            List<String> names = metadata.repositories().repositories(new Page(PAGE, after));
            for (String name : names) {
                RepositoryName repository = new RepositoryName(name);
                if (policy.concerns(repository)) {
                    preview(repository, told);
                }
            }
            after = names.isEmpty() ? "" : names.getLast();
            more = names.size() == PAGE;
        }
    }

    /// @return whether to go on
    private boolean apply(RepositoryName repository, Consumer<Collected> told, Stop stop)
            throws StorageException, InterruptedException {
        long start = System.nanoTime();
        long now = System.currentTimeMillis();
        for (Plan plan : policy.plans(repository, tags(repository), now)) {
            List<TagPush> free = new ArrayList<>();
            for (TagPush tag : plan.due()) {
                Optional<TagState> state = metadata.retention().state(repository, tag);
                if (state.isPresent() && state.get().keeper().isEmpty()) {
                    free.add(tag);
                }
            }
            for (int i = 0; i < free.size(); i += AT_ONCE) {
                List<TagPush> batch = free.subList(i, Math.min(free.size(), i + AT_ONCE));
                for (RetentionIndex.Retired retired :
                        metadata.retention().retire(repository, batch, plan.newest())) {
                    told.accept(
                            new Collected.RetiredTag(
                                    repository,
                                    retired.tag().tag(),
                                    retired.manifest(),
                                    due(plan.rule(), retired.tag(), now)));
                }
                if (!GarbageCollector.rest(start, stop)) {
                    return false;
                }
                start = System.nanoTime();
            }
        }
        return GarbageCollector.rest(start, stop);
    }

    private void preview(RepositoryName repository, Consumer<Foreseen> told)
            throws StorageException {
        long now = System.currentTimeMillis();
        List<Plan> plans = policy.plans(repository, tags(repository), now);
        Map<TagPush, TagState> going = new HashMap<>();
        Map<Digest, Long> goingOf = new HashMap<>();
        for (Plan plan : plans) {
            for (TagPush tag : plan.due()) {
                Optional<TagState> state = metadata.retention().state(repository, tag);
                if (state.isPresent()) {
                    going.put(tag, state.get());
                    if (state.get().keeper().isEmpty()) {
                        goingOf.merge(state.get().manifest(), 1L, Long::sum);
                    }
                }
            }
        }
        for (Plan plan : plans) {
            for (TagPush tag : plan.due()) {
                TagState state = going.get(tag);
                if (state == null) {
                    continue; // it has just gone or been pushed again
                }
                long all = goingOf.getOrDefault(state.manifest(), 0L);
                told.accept(
                        state.keeper().isPresent()
                                ? stays(repository, tag, why(state.keeper().get()))
                                : new Foreseen.Goes(
                                        repository,
                                        tag.tag(),
                                        state.manifest(),
                                        all == state.tags(),
                                        due(plan.rule(), tag, now)));
            }
            plan.immutable()
                    .forEach(tag -> told.accept(stays(repository, tag, "the tag is immutable")));
            plan.recovered().forEach(tag -> told.accept(stays(repository, tag, RECOVERED)));
            plan.recent()
                    .forEach(tag -> told.accept(stays(repository, tag, recent(plan, tag, now))));
            plan.newest().forEach(tag -> told.accept(stays(repository, tag, newest(plan.rule()))));
        }
    }

    private List<TagPush> tags(RepositoryName repository) throws StorageException {
        List<TagPush> all = new ArrayList<>();
        List<TagPush> page = metadata.retention().tagPushes(repository, new Page(PAGE, ""));
        while (!page.isEmpty()) {
            all.addAll(page);
            page =
                    metadata.retention()
                            .tagPushes(repository, new Page(PAGE, page.getLast().tag().value()));
        }
        return all;
    }

    private static Foreseen.Stays stays(RepositoryName repository, TagPush tag, String why) {
        return new Foreseen.Stays(repository, tag.tag(), why);
    }

    private static String due(Rule rule, TagPush tag, long nowMillis) {
        List<String> reasons = new ArrayList<>();
        if (rule.newest() > 0) {
            reasons.add("not among the newest " + rule.newest());
        }
        if (!rule.after().isZero()) {
            reasons.add("pushed " + age(nowMillis - tag.pushedMillis()) + " ago");
        }
        return String.join(", ", reasons);
    }

    private static String recent(Plan plan, TagPush tag, long nowMillis) {
        return "pushed "
                + age(nowMillis - tag.pushedMillis())
                + " ago, goes after "
                + age(plan.rule().after().toMillis());
    }

    private static String newest(Rule rule) {
        return rule.newest() == Rule.ALL
                ? "its rule keeps all"
                : "among the newest " + rule.newest();
    }

    private static String why(RetentionIndex.Keeper keeper) {
        return switch (keeper) {
            case SIGNED -> "signed, or otherwise referred to by a tag of its digest";
            case HAS_REFERRERS -> "has referrers";
            case CHILD -> "an index lists it";
            case REFERRER -> "what it refers to is there";
        };
    }

    /// In the largest unit of which there is at least one.
    private static String age(long millis) {
        Duration age = Duration.ofMillis(Math.max(0, millis));
        if (age.toDays() > 0) {
            return age.toDays() + "d";
        } else if (age.toHours() > 0) {
            return age.toHours() + "h";
        }
        return age.toMinutes() > 0 ? age.toMinutes() + "m" : age.toSeconds() + "s";
    }
}
