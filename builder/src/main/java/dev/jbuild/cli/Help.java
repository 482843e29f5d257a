package dev.jbuild.cli;

import java.util.Optional;

/// The text of `jbuild help`.
final class Help {
    private Help() {}

    static int print(Optional<String> topic, Console console) throws UsageException {
        if (topic.isPresent()) {
            Commands command =
                    Commands.byWord(topic.get())
                            .orElseThrow(() -> new UsageException(unknown(topic.get())));
            console.out().print(Main.commandLine(command, command.make()).getUsageMessage());
            return ExitCode.OK.code();
        }
        console.out().println("Usage: jbuild [--root DIR] [--debug] [COMMAND] ...");
        console.out()
                .println("       jbuild -t NAME PATH        build an image from PATH/Dockerfile");
        console.out().println();
        for (Commands command : Commands.values()) {
            console.out().printf("  %-9s %s%n", command.word(), command.summary());
        }
        console.out().println();
        console.out().println("jbuild help COMMAND tells its options.");
        console.out()
                .println(
                        "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 signature missing or wrong,"
                                + " 130 stopped; run: those of the process.");
        return ExitCode.OK.code();
    }

    /// What to say of a word that is no command.
    static String unknown(String word) {
        return "there is no command '"
                + word
                + "'"
                + Commands.like(word)
                        .map(near -> "; did you mean '" + near.word() + "'?")
                        .orElse("")
                + " (jbuild help lists them)";
    }
}
