package dev.jbuild.dockerfile;

import java.util.List;
import java.util.Optional;

/// What could be read of a Dockerfile, for those who have something to say of a broken one too.
///
/// @param instructions in order, FROM included, up to the first that is wrong
/// @param unread the instruction that is wrong in itself, if one is
/// @param emptyContinuations the last lines of the instructions that have empty continuation
///     lines
/// @param dockerfile the whole; empty if something is wrong
/// @param error what is wrong; empty if nothing is
public record Reading(
        Source source,
        List<Instruction> instructions,
        Optional<Unread> unread,
        List<Integer> emptyContinuations,
        Directives directives,
        Optional<Dockerfile> dockerfile,
        Optional<DockerfileException> error) {
    public Reading {
        instructions = List.copyOf(instructions);
        emptyContinuations = List.copyOf(emptyContinuations);
    }

    /// The whole.
    ///
    /// @throws DockerfileException for the first thing that is wrong, with its lines and the
    ///     remedy
    public Dockerfile require() throws DockerfileException {
        if (error.isPresent()) {
            throw error.get();
        }
        return dockerfile.orElseThrow();
    }

    /// An instruction that was split but not understood.
    ///
    /// @param arguments what follows its name and flags
    public record Unread(Origin origin, List<String> arguments) {
        public Unread {
            arguments = List.copyOf(arguments);
        }
    }
}
