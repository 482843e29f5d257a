package dev.jbuild.cli;

import dev.jbuild.dockerfile.text.Suggestion;
import dev.jbuild.oci.Platform;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// Short ways to declare options and arguments, and to read them.
final class Options {
    private Options() {}

    static OptionSpec flag(String description, String... names) {
        return OptionSpec.builder(names).type(boolean.class).description(description).build();
    }

    static OptionSpec value(String label, String description, String... names) {
        return OptionSpec.builder(names)
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    static OptionSpec number(String label, String description, String... names) {
        return OptionSpec.builder(names)
                .type(Integer.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    static OptionSpec required(String label, String description, String... names) {
        return OptionSpec.builder(names)
                .type(String.class)
                .paramLabel(label)
                .required(true)
                .description(description)
                .build();
    }

    /// An option that may be given several times.
    static OptionSpec values(String label, String description, String... names) {
        return OptionSpec.builder(names)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    static PositionalParamSpec argument(int index, String label, String description) {
        return PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .arity("1")
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    static PositionalParamSpec optionalArgument(int index, String label, String description) {
        return PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .arity("0..1")
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    /// All arguments from this one on.
    ///
    /// @param arity such as `1..*`
    static PositionalParamSpec arguments(int from, String arity, String label, String description) {
        return PositionalParamSpec.builder()
                .index(from + "..*")
                .arity(arity)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    static CommandSpec spec(PositionalParamSpec... arguments) {
        CommandSpec spec = CommandSpec.create();
        for (PositionalParamSpec argument : arguments) {
            spec.addPositional(argument);
        }
        return spec;
    }

    static String argument(ParseResult args, int index) {
        return args.matchedPositionalValue(index, "");
    }

    static List<String> arguments(ParseResult args, int index) {
        return List.copyOf(args.matchedPositionalValue(index, List.<String>of()));
    }

    static List<String> values(ParseResult args, String name) {
        return List.copyOf(args.matchedOptionValue(name, List.<String>of()));
    }

    /// The value of an option that takes one of several words; the first if it isn't given.
    static String choice(ParseResult args, String name, List<String> words) throws UsageException {
        String word = args.matchedOptionValue(name, words.getFirst());
        if (words.contains(word)) {
            return word;
        }
        throw new UsageException(
                name
                        + " "
                        + word
                        + ": it is one of "
                        + String.join(", ", words)
                        + Suggestion.nearest(word, words)
                                .map(near -> "; did you mean '" + near + "'?")
                                .orElse(""));
    }

    /// The value of `--platform`.
    static Optional<Platform> platform(ParseResult args) throws UsageException {
        String text = args.matchedOptionValue("--platform", "");
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(Platform.parse(text));
        } catch (IllegalArgumentException e) {
            throw new UsageException("--platform: " + e.getMessage());
        }
    }

    static boolean isSet(ParseResult args, String name) {
        return args.matchedOptionValue(name, false);
    }
}
