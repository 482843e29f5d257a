package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.storage.RetentionIndex.TagPush;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Which tags go by themselves. The first rule that fits a tag and its repository decides; a tag
/// that none fits stays.
///
/// @param immutable the tags that stay whatever a rule says
public record RetentionPolicy(List<Rule> rules, BiPredicate<RepositoryName, Tag> immutable) {
    private static final Comparator<TagPush> LATEST_FIRST =
            Comparator.comparingLong(TagPush::pushedMillis).reversed().thenComparing(TagPush::tag);

    /// What tags begin with that were made for manifests whose own tags are lost. They stay until
    /// somebody has looked at them, whatever a rule says.
    public static final String RECOVERED = "recovered-";

    public static final RetentionPolicy NONE = new RetentionPolicy(List.of(), (_, _) -> false);

    public RetentionPolicy {
        rules = List.copyOf(rules);
    }

    /// @param newest so many tags of a repository that this rule decides about stay: those pushed
    ///     last
    /// @param after how long after their last push the others stay
    public record Rule(
            Predicate<RepositoryName> repositories,
            Predicate<Tag> tags,
            int newest,
            Duration after) {
        /// For [#newest]: none goes.
        public static final int ALL = Integer.MAX_VALUE;
    }

    /// What a rule says about the tags of a repository.
    ///
    /// @param newest stay because of their number
    /// @param recent stay, but not for long
    /// @param immutable would go if they could
    /// @param recovered stay, and are not counted
    /// @param due go, unless something else keeps them
    public record Plan(
            Rule rule,
            List<TagPush> newest,
            List<TagPush> recent,
            List<TagPush> immutable,
            List<TagPush> recovered,
            List<TagPush> due) {}

    public boolean concerns(RepositoryName repository) {
        return rules.stream().anyMatch(rule -> rule.repositories().test(repository));
    }

    /// A plan for each rule that decides about any of the tags. What belongs to a manifest, such as
    /// its signature, is not counted, and is in no plan.
    ///
    /// @param tags all of the repository
    public List<Plan> plans(RepositoryName repository, List<TagPush> tags, long nowMillis) {
        List<Plan> plans = new ArrayList<>();
        List<TagPush> left = tags.stream().filter(tag -> !tag.attached()).toList();
        for (Rule rule : rules) {
            if (rule.repositories().test(repository)) {
                Map<Boolean, List<TagPush>> split =
                        left.stream()
                                .sorted(LATEST_FIRST)
                                .collect(
                                        Collectors.partitioningBy(
                                                tag -> rule.tags().test(tag.tag())));
                List<TagPush> governed = split.getOrDefault(true, List.of());
                left = split.getOrDefault(false, List.of());
                if (!governed.isEmpty()) {
                    plans.add(plan(repository, rule, governed, nowMillis));
                }
            }
        }
        return plans;
    }

    private Plan plan(RepositoryName repository, Rule rule, List<TagPush> all, long nowMillis) {
        Map<Boolean, List<TagPush>> split =
                all.stream()
                        .collect(
                                Collectors.partitioningBy(
                                        tag -> tag.tag().value().startsWith(RECOVERED)));
        List<TagPush> tags = split.getOrDefault(false, List.of());
        int newest = Math.min(rule.newest(), tags.size());
        Plan plan =
                new Plan(
                        rule,
                        tags.subList(0, newest),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        split.getOrDefault(true, List.of()),
                        new ArrayList<>());
        for (TagPush tag : tags.subList(newest, tags.size())) {
            if (tag.pushedMillis() > nowMillis - rule.after().toMillis()) {
                plan.recent().add(tag);
            } else if (immutable.test(repository, tag.tag())) {
                plan.immutable().add(tag);
            } else {
                plan.due().add(tag);
            }
        }
        return plan;
    }
}
