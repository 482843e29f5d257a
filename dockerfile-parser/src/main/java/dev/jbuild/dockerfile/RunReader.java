package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.InstructionFlags.Kind;
import dev.jbuild.dockerfile.text.CsvRecord;
import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.GoValues;
import dev.jbuild.dockerfile.text.Suggestion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Understands the flags of RUN.
final class RunReader {
    private static final Map<String, Kind> FLAGS =
            InstructionReader.flags(
                    List.of("network", "security"), List.of(), List.of("mount", "device"));

    private final Origin origin;
    private final LineNode node;
    private final CommandLine command;

    RunReader(Origin origin, LineNode node, CommandLine command) {
        this.origin = origin;
        this.node = node;
        this.command = command;
    }

    Instruction read() throws WordException {
        InstructionFlags flags = InstructionFlags.parse(node.flags(), FLAGS);
        List<Instruction.Run.Device> devices = new ArrayList<>();
        for (String value : flags.all("device")) {
            devices.add(device(value));
        }
        List<MountFlag> mounts = new ArrayList<>();
        for (String value : flags.all("mount")) {
            mounts.add(MountFlag.parse(value));
        }
        return new Instruction.Run(
                origin,
                command,
                mounts,
                network(flags.value("network").orElse("default")),
                security(flags.value("security").orElse("sandbox")),
                devices);
    }

    private static Instruction.Run.Network network(String value) throws WordException {
        return switch (value) {
            case "default" -> Instruction.Run.Network.DEFAULT;
            case "none" -> Instruction.Run.Network.NONE;
            case "host" -> Instruction.Run.Network.HOST;
            default ->
                    throw unsupported(
                            "invalid network mode " + GoText.quote(value),
                            value,
                            List.of("default", "none", "host"));
        };
    }

    private static Instruction.Run.Security security(String value) throws WordException {
        return switch (value) {
            case "sandbox" -> Instruction.Run.Security.SANDBOX;
            case "insecure" -> Instruction.Run.Security.INSECURE;
            default ->
                    throw unsupported(
                            "security " + GoText.quote(value) + " is not valid",
                            value,
                            List.of("sandbox", "insecure"));
        };
    }

    private static WordException unsupported(String problem, String value, List<String> options) {
        return new WordException(
                problem + Suggestion.suffix(Suggestion.nearest(value, options)),
                "write one of " + String.join(", ", options),
                value);
    }

    private static Instruction.Run.Device device(String value) throws WordException {
        String name = "";
        boolean required = false;
        for (String field : fields(value)) {
            int equals = field.indexOf('=');
            String key = GoText.lower(equals < 0 ? field : field.substring(0, equals));
            if (key.equals("required")) {
                required = equals < 0 || required(field.substring(equals + 1));
            } else if (key.equals("name") && equals >= 0) {
                if (!name.isEmpty()) {
                    throw new WordException(
                            "device name already set to " + name, "name one device", field);
                }
                name = field.substring(equals + 1);
            } else if (name.isEmpty()) {
                name = field;
            } else {
                throw unexpected(field, key, equals >= 0);
            }
        }
        return new Instruction.Run.Device(name, required);
    }

    private static List<String> fields(String value) throws WordException {
        try {
            return CsvRecord.fields(value);
        } catch (IllegalArgumentException e) {
            throw new WordException(
                    "failed to parse csv devices: " + e.getMessage(),
                    "write --device=NAME or --device=name=NAME,required",
                    value.isEmpty() ? "--device" : value);
        }
    }

    private static boolean required(String value) throws WordException {
        return GoValues.bool(value)
                .orElseThrow(
                        () ->
                                new WordException(
                                        "invalid value for required: " + value,
                                        "write true or false",
                                        "required"));
    }

    private static WordException unexpected(String field, String key, boolean keyed) {
        if (!keyed) {
            return new WordException(
                    "invalid field '" + field + "' must be a key=value pair",
                    "the keys are name and required",
                    field);
        }
        return new WordException(
                "unexpected key '"
                        + key
                        + "' in '"
                        + field
                        + "'"
                        + Suggestion.suffix(Suggestion.nearest(key, List.of("name", "required"))),
                "the keys are name and required",
                field);
    }
}
