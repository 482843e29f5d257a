package dev.jbuild.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// The registry is a program of its own, which the launcher starts; this class only stands for it
/// in the help.
final class ServeCommand implements Command {
    @Override
    public CommandSpec spec() {
        return CommandSpec.create()
                .addPositional(
                        PositionalParamSpec.builder()
                                .paramLabel("--root DIR --listen HOST:PORT")
                                .arity("0..*")
                                .type(String[].class)
                                .description(
                                        "where the registry keeps its data, and where it listens")
                                .build());
    }

    @Override
    public boolean stopsAtFirstArgument() {
        return true;
    }

    @Override
    public int run(ParseResult args, Session session) throws UsageException {
        throw new UsageException(
                "serve is started by the jbuild launcher; run it as: jbuild serve --root DIR --listen HOST:PORT");
    }
}
