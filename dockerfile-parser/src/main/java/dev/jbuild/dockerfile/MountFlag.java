package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.CsvRecord;
import java.util.List;
import java.util.Optional;

/// A `--mount` flag as written: its variables are not expanded yet, so its values are not known
/// yet.
///
/// @param text what stands after `--mount=`
/// @param fields its parts, `key=value` or `key`
public record MountFlag(String text, List<String> fields) {
    public MountFlag {
        fields = List.copyOf(fields);
    }

    static MountFlag parse(String text) throws WordException {
        try {
            return new MountFlag(text, CsvRecord.fields(text));
        } catch (IllegalArgumentException e) {
            throw new WordException(
                    "failed to parse csv mounts: " + e.getMessage(),
                    "write --mount=type=TYPE,key=value,...",
                    text.isEmpty() ? "--mount" : text);
        }
    }

    /// Expands one word; `from` may be told apart by the caller through [#from].
    @FunctionalInterface
    public interface Expander {
        String expand(String word) throws WordException;
    }

    /// The stage, image or named context it refers to, unexpanded.
    public Optional<String> from() {
        return fields.stream()
                .filter(f -> f.length() > 5 && f.regionMatches(true, 0, "from=", 0, 5))
                .map(f -> f.substring(5))
                .reduce((_, last) -> last);
    }

    /// Expands the values and checks them.
    ///
    /// @param values expands every value except `from`
    /// @param from expands the value of `from`, from the global scope
    public Mount resolve(Expander values, Expander from) throws WordException {
        return new MountReader(values, from).read(fields);
    }
}
