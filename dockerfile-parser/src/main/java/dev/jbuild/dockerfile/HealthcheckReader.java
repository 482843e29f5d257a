package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.InstructionFlags.Kind;
import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.GoValues;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Understands HEALTHCHECK.
final class HealthcheckReader {
    private static final Map<String, Kind> FLAGS =
            InstructionReader.flags(
                    List.of("interval", "timeout", "start-period", "start-interval", "retries"),
                    List.of(),
                    List.of());
    private static final Duration SHORTEST = Duration.ofMillis(1);

    private final Origin origin;
    private final LineNode node;

    HealthcheckReader(Origin origin, LineNode node) {
        this.origin = origin;
        this.node = node;
    }

    Instruction read() throws WordException {
        if (node.arguments().isEmpty()) {
            throw new WordException(
                    "HEALTHCHECK requires at least one argument",
                    "write HEALTHCHECK CMD command or HEALTHCHECK NONE",
                    node.keyword());
        }
        String type = GoText.upper(node.arguments().getFirst());
        List<String> command = node.arguments().subList(1, node.arguments().size());
        if (type.equals("NONE")) {
            if (!command.isEmpty()) {
                throw new WordException(
                        "HEALTHCHECK NONE takes no arguments", "remove them", command.getFirst());
            }
            return new Instruction.Healthcheck(origin, Optional.empty());
        }
        InstructionFlags flags = InstructionFlags.parse(node.flags(), FLAGS);
        if (!type.equals("CMD")) {
            throw new WordException(
                    "Unknown type " + GoText.quote(type) + " in HEALTHCHECK (try CMD)",
                    "write HEALTHCHECK CMD command or HEALTHCHECK NONE",
                    node.arguments().getFirst());
        }
        if (command.isEmpty()) {
            throw new WordException(
                    "Missing command after HEALTHCHECK CMD", "write the command", "CMD");
        }
        return new Instruction.Healthcheck(
                origin,
                Optional.of(
                        new Instruction.Healthcheck.Test(
                                InstructionReader.command(node.json(), command, List.of()),
                                duration(flags, "interval"),
                                duration(flags, "timeout"),
                                duration(flags, "start-period"),
                                duration(flags, "start-interval"),
                                retries(flags))));
    }

    private static Duration duration(InstructionFlags flags, String name) throws WordException {
        Optional<String> text = flags.value(name);
        if (text.isEmpty()) {
            return Duration.ZERO;
        }
        try {
            Duration duration = GoValues.duration(text.get());
            if (duration.isZero() || duration.compareTo(SHORTEST) >= 0) {
                return duration;
            }
        } catch (IllegalArgumentException e) {
            throw new WordException(
                    String.valueOf(e.getMessage()), "write it as in 30s or 1m30s", text.get());
        }
        throw new WordException(
                "Interval " + GoText.quote(name) + " cannot be less than 1ms",
                "write at least 1ms, or 0 to inherit",
                text.get());
    }

    private static int retries(InstructionFlags flags) throws WordException {
        Optional<String> text = flags.value("retries");
        if (text.isEmpty()) {
            return 0;
        }
        int retries;
        try {
            retries = Integer.parseInt(text.get());
        } catch (NumberFormatException e) {
            boolean number = text.get().matches("[+-]?[0-9]+");
            throw new WordException(
                    "strconv.ParseInt: parsing "
                            + GoText.quote(text.get())
                            + ": "
                            + (number ? "value out of range" : "invalid syntax"),
                    "write a number from 0 to 2147483647",
                    text.get());
        }
        if (retries < 0) {
            throw new WordException(
                    "--retries cannot be negative (" + retries + ")",
                    "write a positive number, or 0 to inherit",
                    text.get());
        }
        return retries;
    }
}
