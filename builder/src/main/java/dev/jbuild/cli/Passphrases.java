package dev.jbuild.cli;

import dev.jbuild.signing.Passphrase;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Passphrases of keys: from the environment, else asked for.
final class Passphrases {
    private static final List<String> VARIABLES = List.of("JBUILD_PASSWORD", "COSIGN_PASSWORD");

    private Passphrases() {}

    static Passphrase forKey(Console console, String keyName) throws IOException {
        Optional<Passphrase> given = fromEnvironment(console);
        return given.isPresent()
                ? given.get()
                : Passphrase.of(ask("Passphrase of " + keyName + ": "));
    }

    /// Asked for twice.
    static Passphrase forNewKey(Console console) throws IOException {
        Optional<Passphrase> given = fromEnvironment(console);
        if (given.isPresent()) {
            return given.get();
        }
        char[] first = ask("Passphrase for the new key: ");
        char[] second = ask("The same again: ");
        boolean same = Arrays.equals(first, second);
        Arrays.fill(second, '\0');
        if (!same) {
            Arrays.fill(first, '\0');
            throw new IOException("the two passphrases differ; no key was made");
        }
        return Passphrase.of(first);
    }

    /// A password, asked for on the terminal.
    static String password(String prompt) throws IOException {
        char[] typed = ask(prompt);
        String password = new String(typed);
        Arrays.fill(typed, '\0');
        return password;
    }

    private static Optional<Passphrase> fromEnvironment(Console console) {
        for (String variable : VARIABLES) {
            String value = console.environment().get(variable);
            if (value != null) {
                return Optional.of(Passphrase.of(value.toCharArray()));
            }
        }
        return Optional.empty();
    }

    // System.console() is null when standard input or output is none of a terminal and the JDK's
    // own
    // console is in use (-Djdk.console=java.base), whatever the check says.
    @SuppressWarnings("SystemConsoleNull")
    private static char[] ask(String prompt) throws IOException {
        java.io.Console terminal = System.console();
        char[] typed =
                terminal != null && terminal.isTerminal()
                        ? terminal.readPassword("%s", prompt)
                        : null;
        if (typed == null) {
            throw new IOException(
                    "there is no terminal to ask on ("
                            + prompt.strip()
                            + "); a key's passphrase is also taken from JBUILD_PASSWORD, a registry's password with --password-stdin");
        }
        return typed;
    }
}
