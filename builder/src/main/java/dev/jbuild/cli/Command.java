package dev.jbuild.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// One command of the command line.
interface Command {
    /// Its options and arguments; the common ones are added by [Main].
    CommandSpec spec();

    /// Whether everything after the first argument is an argument too, as for a command to run.
    default boolean stopsAtFirstArgument() {
        return false;
    }

    /// Carries it out.
    ///
    /// @return the exit code of the process
    /// @throws Exception whatever went wrong; [Failures] tells the user
    int run(ParseResult args, Session session) throws Exception;
}
