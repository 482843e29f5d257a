package dev.jbuild.registry.server;

import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.access.RepositoryPattern;
import dev.jbuild.registry.server.storage.RetentionPolicy;
import dev.jbuild.registry.server.storage.RetentionPolicy.Rule;
import dev.jbuild.registry.server.yaml.Yaml;
import dev.jbuild.registry.server.yaml.YamlException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/// The option `retention` of the configuration file.
final class RetentionOptions {
    private static final int MOST_NEWEST = 1000;

    private RetentionOptions() {}

    /// @param immutable the tags that stay in any case
    static RetentionPolicy read(Yaml.Mapping file, BiPredicate<RepositoryName, Tag> immutable)
            throws YamlException {
        List<Rule> rules = new ArrayList<>();
        for (Yaml.Mapping rule :
                RuleOptions.list(
                        file, "retention", Set.of("repositories", "tags", "keep", "after"))) {
            rules.add(rule(rule));
        }
        return new RetentionPolicy(rules, immutable);
    }

    private static Rule rule(Yaml.Mapping rule) throws YamlException {
        Optional<Yaml> keep = rule.get("keep");
        Optional<Yaml> after = rule.get("after");
        if (keep.isEmpty() && after.isEmpty()) {
            throw rule.problem(
                    "'keep' or 'after' is missing: how many tags stay, and for how long");
        }
        int newest = keep.isPresent() ? newest(keep.get()) : 0;
        if (newest == Rule.ALL && after.isPresent()) {
            throw after.get().problem("'after' says nothing where 'keep' is all");
        }
        List<RepositoryPattern> repositories = RuleOptions.repositories(rule);
        return new Rule(
                name -> ConfigFile.matches(repositories, name),
                tags(rule),
                newest,
                ConfigFile.duration(rule, "after", Duration.ZERO));
    }

    private static Predicate<Tag> tags(Yaml.Mapping rule) throws YamlException {
        Optional<Yaml> tags = rule.get("tags");
        return tags.isEmpty() ? _ -> true : RuleOptions.tags(tags.get());
    }

    private static int newest(Yaml keep) throws YamlException {
        String text = keep.asText("'keep'");
        if (text.equals("all")) {
            return Rule.ALL;
        }
        if (!text.matches("[1-9]\\d{0,3}") || Integer.parseInt(text) > MOST_NEWEST) {
            throw keep.problem("'keep' is a number from 1 to " + MOST_NEWEST + ", or all");
        }
        return Integer.parseInt(text);
    }
}
