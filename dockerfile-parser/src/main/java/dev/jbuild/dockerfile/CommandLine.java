package dev.jbuild.dockerfile;

import java.util.List;
import java.util.Optional;

/// What an instruction runs: a text for the shell, or a program and its arguments.
public sealed interface CommandLine {

    /// The shell form: `RUN make install`.
    ///
    /// @param text what stands after the flags, continuation lines joined; may be empty
    /// @param heredocs the documents that follow, RUN only
    record Shell(String text, List<Heredoc> heredocs) implements CommandLine {
        public Shell {
            heredocs = List.copyOf(heredocs);
        }

        /// What is to be run, heredocs considered.
        public Script script() {
            if (heredocs.isEmpty()) {
                return new Script.Text(text);
            }
            Heredoc first = heredocs.getFirst();
            if (HeredocWord.tryParse(text).isPresent()) {
                return first.text().startsWith("#!")
                        ? new Script.File(first.name(), first.text())
                        : new Script.Text(first.text());
            }
            StringBuilder full = new StringBuilder(text);
            for (Heredoc heredoc : heredocs) {
                full.append('\n').append(heredoc.content()).append(heredoc.name());
            }
            return new Script.Text(full.toString());
        }
    }

    /// The exec form: `RUN ["make", "install"]`.
    record Exec(List<String> arguments) implements CommandLine {
        public Exec {
            arguments = List.copyOf(arguments);
        }
    }

    /// The heredocs, none for the exec form.
    default List<Heredoc> documents() {
        return switch (this) {
            case Shell shell -> shell.heredocs();
            case Exec _ -> List.of();
        };
    }

    /// The text for the shell; empty for the exec form.
    default Optional<String> shellText() {
        return switch (this) {
            case Shell shell -> Optional.of(shell.text());
            case Exec _ -> Optional.empty();
        };
    }

    /// The two ways to run a shell form.
    sealed interface Script {
        /// To be handed to the shell of the stage as its last argument.
        record Text(String text) implements Script {}

        /// A lone heredoc that starts with `#!`: to be written, executable, to
        /// `/dev/pipes/NAME` in a directory that is mounted for this instruction only, and its
        /// path to be handed to the shell.
        record File(String name, String content) implements Script {}
    }
}
