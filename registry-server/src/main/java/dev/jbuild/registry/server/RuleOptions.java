package dev.jbuild.registry.server;

import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.access.RepositoryPattern;
import dev.jbuild.registry.server.storage.RepositoryRules;
import dev.jbuild.registry.server.storage.UploadLimits;
import dev.jbuild.registry.server.yaml.Yaml;
import dev.jbuild.registry.server.yaml.YamlException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The options `immutable-tags` and `quotas` of the configuration file, and the limits in
/// `uploads`.
final class RuleOptions {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(|kB|MB|GB|TB|KiB|MiB|GiB|TiB)");

    private RuleOptions() {}

    private record Immutable(List<RepositoryPattern> repositories, Predicate<Tag> tags) {}

    private record Quota(List<RepositoryPattern> repositories, long bytes) {}

    static RepositoryRules read(Yaml.Mapping file) throws YamlException {
        List<Immutable> immutable = immutable(file);
        OptionalLong total = OptionalLong.empty();
        List<Quota> quotas = List.of();
        Optional<Yaml> given = file.get("quotas");
        if (given.isPresent()) {
            Yaml.Mapping section = given.get().asMapping("'quotas'");
            section.requireOnly(Set.of("total", "repositories"));
            Optional<Yaml> all = section.get("total");
            total = all.isPresent() ? OptionalLong.of(size(all.get())) : total;
            quotas = quotas(section);
        }
        List<Quota> each = quotas;
        return new RepositoryRules(
                (name, tag) ->
                        immutable.stream()
                                .anyMatch(
                                        rule ->
                                                ConfigFile.matches(rule.repositories(), name)
                                                        && rule.tags().test(tag)),
                total,
                name ->
                        each.stream()
                                .filter(quota -> ConfigFile.matches(quota.repositories(), name))
                                .mapToLong(Quota::bytes)
                                .findFirst());
    }

    /// @param section `uploads`
    static UploadLimits uploads(Yaml.Mapping section) throws YamlException {
        return new UploadLimits(
                count(section, "per-repository", UploadLimits.DEFAULT.perRepository()),
                count(section, "per-user", UploadLimits.DEFAULT.perUser()));
    }

    private static int count(Yaml.Mapping section, String option, int otherwise)
            throws YamlException {
        Optional<Yaml> value = section.get(option);
        if (value.isEmpty()) {
            return otherwise;
        }
        String text = value.get().asText("'" + option + "'");
        if (!text.matches("[1-9][0-9]{0,8}")) {
            throw value.get().problem("'" + option + "' is no number from 1 to 999999999");
        }
        return Integer.parseInt(text);
    }

    private static List<Immutable> immutable(Yaml.Mapping file) throws YamlException {
        List<Immutable> rules = new ArrayList<>();
        for (Yaml.Mapping rule : list(file, "immutable-tags", Set.of("repositories", "tags"))) {
            rules.add(new Immutable(repositories(rule), tags(ConfigFile.required(rule, "tags"))));
        }
        return rules;
    }

    private static List<Quota> quotas(Yaml.Mapping section) throws YamlException {
        List<Quota> quotas = new ArrayList<>();
        for (Yaml.Mapping rule : list(section, "repositories", Set.of("repositories", "size"))) {
            quotas.add(new Quota(repositories(rule), size(ConfigFile.required(rule, "size"))));
        }
        return quotas;
    }

    /// A list of patterns, in which `*` stands for anything.
    static Predicate<Tag> tags(Yaml list) throws YamlException {
        List<Pattern> patterns = new ArrayList<>();
        for (String text : list.asTexts("'tags'")) {
            patterns.add(glob(text));
        }
        return tag -> patterns.stream().anyMatch(p -> p.matcher(tag.value()).matches());
    }

    static List<RepositoryPattern> repositories(Yaml.Mapping rule) throws YamlException {
        return ConfigFile.patterns(ConfigFile.required(rule, "repositories"), "'repositories'");
    }

    static List<Yaml.Mapping> list(Yaml.Mapping yaml, String key, Set<String> known)
            throws YamlException {
        List<Yaml.Mapping> rules = new ArrayList<>();
        Optional<Yaml> value = yaml.get(key);
        if (value.isPresent()) {
            for (Yaml item : value.get().asSequence("'" + key + "'").items()) {
                Yaml.Mapping rule = item.asMapping("an item of '" + key + "'");
                rule.requireOnly(known);
                rules.add(rule);
            }
        }
        return rules;
    }

    private static Pattern glob(String glob) {
        List<String> parts = new ArrayList<>();
        for (String part : glob.split("\\*", -1)) {
            parts.add(Pattern.quote(part));
        }
        return Pattern.compile(String.join(".*", parts));
    }

    static long size(Yaml value) throws YamlException {
        Matcher matcher = SIZE.matcher(value.asText("a size"));
        if (!matcher.matches()) {
            throw value.problem("no size such as 500MB, 20GiB or 1TB");
        }
        String unit = matcher.group(2);
        long base = unit.endsWith("iB") ? 1024 : 1000;
        int power = unit.isEmpty() ? 0 : "KMGT".indexOf(Character.toUpperCase(unit.charAt(0))) + 1;
        long size = Long.parseLong(matcher.group(1));
        for (int i = 0; i < power; i++) {
            size = Math.multiplyExact(size, base);
        }
        return size;
    }
}
