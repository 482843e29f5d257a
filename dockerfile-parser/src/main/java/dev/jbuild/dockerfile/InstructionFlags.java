package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.Suggestion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The flags of one instruction, checked against those that it knows.
final class InstructionFlags {
    enum Kind {
        BOOLEAN,
        VALUE,
        VALUES
    }

    private final Map<String, List<String>> values = new HashMap<>();

    private InstructionFlags() {}

    /// @param known by name, without `--`, in the order in which suggestions prefer them
    static InstructionFlags parse(List<String> words, Map<String, Kind> known)
            throws WordException {
        InstructionFlags flags = new InstructionFlags();
        for (String word : words) {
            int equals = word.indexOf('=');
            String flag = equals < 0 ? word : word.substring(0, equals);
            String name = flag.substring(2);
            Kind kind = known.get(name);
            if (kind == null) {
                throw unknown(flag, name, known);
            }
            if (flags.values.containsKey(name) && kind != Kind.VALUES) {
                throw new WordException("duplicate flag specified: " + flag, "write it once", flag);
            }
            Optional<String> value =
                    equals < 0 ? Optional.empty() : Optional.of(word.substring(equals + 1));
            flags.values
                    .computeIfAbsent(name, _ -> new ArrayList<>())
                    .add(checked(flag, kind, value));
        }
        return flags;
    }

    private static WordException unknown(String flag, String name, Map<String, Kind> known) {
        String suggestion = Suggestion.suffix(Suggestion.nearest(name, known.keySet()));
        String remedy =
                known.isEmpty()
                        ? "this instruction has no flags"
                        : "the flags here are --" + String.join(", --", known.keySet());
        return new WordException("unknown flag: " + flag + suggestion, remedy, flag);
    }

    private static String checked(String flag, Kind kind, Optional<String> value)
            throws WordException {
        if (kind != Kind.BOOLEAN) {
            return value.orElseThrow(() -> missing(flag));
        }
        if (value.isEmpty()) {
            return "true";
        }
        return switch (GoText.lower(value.get())) {
            case "" -> throw missing(flag);
            case "true" -> "true";
            case "false" -> "false";
            default ->
                    throw new WordException(
                            "expecting boolean value for flag " + flag + ", not: " + value.get(),
                            "write " + flag + " or " + flag + "=false",
                            flag);
        };
    }

    private static WordException missing(String flag) {
        return new WordException(
                "missing a value on flag: " + flag, "write " + flag + "=VALUE", flag);
    }

    /// The value; empty if it wasn't written or is empty, which is the same.
    Optional<String> value(String name) {
        return all(name).stream().findFirst().filter(v -> !v.isEmpty());
    }

    Optional<Boolean> bool(String name) {
        return all(name).stream().findFirst().map(Boolean::parseBoolean);
    }

    boolean isTrue(String name) {
        return bool(name).orElse(false);
    }

    List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }
}
