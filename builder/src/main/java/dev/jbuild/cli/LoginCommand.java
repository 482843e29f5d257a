package dev.jbuild.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.registry.client.RegistryClient;
import dev.jbuild.registry.client.auth.CredentialSource;
import dev.jbuild.registry.client.auth.Credentials;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class LoginCommand implements Command {
    private static final int LONGEST_PASSWORD = 1 << 16;

    @Override
    public CommandSpec spec() {
        return Options.spec(Options.argument(0, "REGISTRY", "host and port"))
                .addOption(Options.value("USER", "the user; else asked for", "-u", "--username"))
                .addOption(
                        Options.flag("read the password from standard input", "--password-stdin"))
                .addOption(
                        Options.flag(
                                "allow http to a registry that is not this machine",
                                "--plain-http"));
    }

    @Override
    public int run(ParseResult args, Session session) throws Exception {
        Console console = session.console();
        String registry = Options.argument(args, 0);
        String user = args.matchedOptionValue("--username", "");
        if (user.isEmpty()) {
            throw new UsageException("login " + registry + ": say as whom with -u USER");
        }
        String password =
                Options.isSet(args, "--password-stdin")
                        ? fromStandardInput()
                        : Passphrases.password("Password of " + user + " at " + registry + ": ");
        Credentials.Password credentials = new Credentials.Password(user, password);
        new RegistryClient(
                        registry,
                        Registries.options(console, Options.isSet(args, "--plain-http"))
                                .with(new CredentialSource.Fixed(registry, credentials)))
                .checkLogin();
        CredentialSource.dockerConfig(console.environment(), Registries.home(console))
                .store(registry, credentials);
        console.out().println("logged in to " + registry + " as " + user);
        return ExitCode.OK.code();
    }

    private static String fromStandardInput() throws IOException {
        byte[] bytes = System.in.readNBytes(LONGEST_PASSWORD);
        String text = new String(bytes, UTF_8);
        if (text.endsWith("\n")) {
            text = text.substring(0, text.length() - (text.endsWith("\r\n") ? 2 : 1));
        }
        if (text.isEmpty()) {
            throw new IOException("no password on standard input");
        }
        return text;
    }
}
