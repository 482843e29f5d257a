package dev.jbuild.cli;

import dev.jbuild.registry.client.auth.CredentialSource;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class LogoutCommand implements Command {
    @Override
    public CommandSpec spec() {
        return Options.spec(Options.argument(0, "REGISTRY", "host and port"));
    }

    @Override
    public int run(ParseResult args, Session session) throws Exception {
        Console console = session.console();
        String registry = Options.argument(args, 0);
        boolean erased =
                CredentialSource.dockerConfig(console.environment(), Registries.home(console))
                        .erase(registry);
        console.out()
                .println(erased ? "logged out of " + registry : "not logged in to " + registry);
        return ExitCode.OK.code();
    }
}
