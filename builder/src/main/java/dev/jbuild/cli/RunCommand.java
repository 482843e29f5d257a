package dev.jbuild.cli;

import dev.jbuild.builder.ImageRunner;
import dev.jbuild.builder.RunRequest;
import dev.jbuild.builder.exec.Network;
import dev.jbuild.builder.exec.Stdio;
import dev.jbuild.store.layout.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class RunCommand implements Command {
    @Override
    public CommandSpec spec() {
        return Options.spec(
                        Options.argument(0, "IMAGE", "the image to run"),
                        Options.arguments(
                                1, "0..*", "COMMAND", "what to run in place of the image's CMD"))
                .addOption(Options.value("MODE", "host (as it is) or none", "--network"))
                .addOption(
                        Options.values(
                                "NAME=VALUE",
                                "a variable of the environment (repeatable)",
                                "-e",
                                "--env"))
                .addOption(Options.value("USER", "run as this user", "-u", "--user"))
                .addOption(Options.value("DIR", "run in this directory", "-w", "--workdir"))
                .addOption(
                        Options.value(
                                "PROGRAM", "in place of the image's ENTRYPOINT", "--entrypoint"))
                .addOption(Options.flag("give it a terminal", "-t", "--tty"))
                .addOption(
                        Options.flag(
                                "allow http to a registry that is not this machine",
                                "--plain-http"));
    }

    @Override
    public boolean stopsAtFirstArgument() {
        return true;
    }

    @Override
    public int run(ParseResult args, Session session) throws Exception {
        RunRequest request =
                new RunRequest(
                        LocalImages.parse(Options.argument(args, 0)),
                        Options.arguments(args, 1),
                        text(args, "--entrypoint"),
                        environment(args, session.console()),
                        text(args, "--user"),
                        text(args, "--workdir"),
                        network(args),
                        Options.isSet(args, "--tty") ? Stdio.TERMINAL : Stdio.INHERITED);
        try (Store store = session.openStore()) {
            Registries registries =
                    new Registries(session, store, Options.isSet(args, "--plain-http"));
            return new ImageRunner(
                            store,
                            session.openSnapshots(store),
                            session.openRunner(store),
                            registries)
                    .run(request);
        }
    }

    private static Optional<String> text(ParseResult args, String option) {
        return Optional.ofNullable(args.matchedOptionValue(option, (String) null));
    }

    private static List<String> environment(ParseResult args, Console console)
            throws UsageException {
        List<String> environment = new ArrayList<>();
        for (String word : Options.values(args, "--env")) {
            int equals = word.indexOf('=');
            if (equals == 0 || word.isEmpty()) {
                throw new UsageException("--env: the name is missing, as in --env NAME=VALUE");
            }
            if (equals > 0) {
                environment.add(word);
            } else {
                console.variable(word).ifPresent(value -> environment.add(word + "=" + value));
            }
        }
        return environment;
    }

    private static Network network(ParseResult args) throws UsageException {
        return switch (args.matchedOptionValue("--network", "host")) {
            case "host" -> Network.HOST;
            case "none" -> Network.NONE;
            case String other ->
                    throw new UsageException("--network " + other + ": it is host or none");
        };
    }
}
