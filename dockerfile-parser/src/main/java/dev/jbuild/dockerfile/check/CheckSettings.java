package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.WordException;
import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.GoValues;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/// Which checks run, as `# check=` says: `skip=A,B|all;error=true;experimental=C|all`.
///
/// @param failing whether findings are a failure
public record CheckSettings(
        Set<String> skipped,
        boolean skipAll,
        Set<String> experimental,
        boolean experimentalAll,
        boolean failing) {
    public static final CheckSettings DEFAULT =
            new CheckSettings(Set.of(), false, Set.of(), false, false);

    public CheckSettings {
        skipped = Set.copyOf(skipped);
        experimental = Set.copyOf(experimental);
    }

    /// @throws WordException if it holds anything else, with BuildKit's words
    public static CheckSettings parse(String text) throws WordException {
        String trimmed = GoText.trim(text);
        CheckSettings settings = DEFAULT;
        if (trimmed.isEmpty()) {
            return settings;
        }
        for (String part : trimmed.split(";", 3)) {
            int equals = part.indexOf('=');
            if (equals < 0) {
                throw invalid(part);
            }
            String key = GoText.trim(part.substring(0, equals));
            settings = settings.with(part, key, GoText.trim(part.substring(equals + 1)));
        }
        return settings;
    }

    private CheckSettings with(String part, String key, String value) throws WordException {
        boolean all = value.equals("all");
        return switch (key) {
            case "skip" ->
                    new CheckSettings(
                            all ? Set.of() : names(value),
                            all,
                            experimental,
                            experimentalAll,
                            failing);
            case "experimental" ->
                    new CheckSettings(
                            skipped, skipAll, all ? Set.of() : names(value), all, failing);
            case "error" -> {
                boolean error =
                        GoValues.bool(value)
                                .orElseThrow(
                                        () ->
                                                new WordException(
                                                        "failed to parse check option "
                                                                + GoText.quote(part)
                                                                + ": strconv.ParseBool: parsing "
                                                                + GoText.quote(value)
                                                                + ": invalid syntax",
                                                        "write error=true or error=false",
                                                        part));
                yield new CheckSettings(skipped, skipAll, experimental, experimentalAll, error);
            }
            default -> throw invalid(key);
        };
    }

    private static WordException invalid(String option) {
        return new WordException(
                "invalid check option " + GoText.quote(option),
                "the options are skip=, error= and experimental=, separated by semicolons",
                option);
    }

    private static Set<String> names(String list) {
        Set<String> names = new LinkedHashSet<>();
        Arrays.stream(list.split(",", -1)).map(GoText::trim).forEach(names::add);
        return names;
    }

    boolean allows(Rule rule) {
        String name = rule.ruleName();
        return rule.isExperimental()
                ? experimentalAll || experimental.contains(name)
                : !skipAll && !skipped.contains(name);
    }

    /// These settings and those of a comment above an instruction.
    CheckSettings mergedWith(CheckSettings other) {
        Set<String> skip = new LinkedHashSet<>(skipped);
        skip.addAll(other.skipped);
        Set<String> more = new LinkedHashSet<>(experimental);
        more.addAll(other.experimental);
        return new CheckSettings(
                skip,
                skipAll || other.skipAll,
                more,
                experimentalAll || other.experimentalAll,
                failing || other.failing);
    }
}
