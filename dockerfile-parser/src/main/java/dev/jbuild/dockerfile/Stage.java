package dev.jbuild.dockerfile;

import java.util.List;
import java.util.Optional;

/// One FROM and the instructions up to the next.
///
/// @param index counted from 0
/// @param description what a comment right above FROM says of the stage
/// @param instructions without the FROM itself
public record Stage(
        int index,
        Instruction.From from,
        Optional<String> description,
        List<Instruction> instructions) {
    public Stage {
        instructions = List.copyOf(instructions);
    }

    /// In lower case, as stages are found without regard to case.
    public Optional<String> name() {
        return from.stageName();
    }

    /// The image, stage, named context or `scratch` it starts from; unexpanded.
    public String base() {
        return from.image();
    }

    public Optional<String> platform() {
        return from.platform();
    }

    /// The lines of its FROM.
    public SourceRange range() {
        return from.range();
    }
}
