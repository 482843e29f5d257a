package dev.jbuild.registry.server;

import dev.jbuild.registry.server.access.AccountCommand;
import dev.jbuild.registry.server.admin.AdminCommand;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The words after `registry`.
final class RegistryArguments {
    static final String HELP =
            """
            usage: jbuild registry COMMAND --root DIR

            Does something with the registry in DIR, through the server that runs on it if there is one.

              status           what there is
              gc [--dry-run]   collects garbage now; --dry-run tells what would go, and changes nothing
              scrub [--rate=N] verifies all content, N megabytes per second (50); puts aside what is damaged
              backup DIR       copies the registry into DIR, which can be served; again: only what is new
              read-only on|off refuses pushes and deletes, or takes them again; a restart takes them
            """
                    + AccountCommand.HELP
                    + """

              --root DIR       as given to jbuild serve
              --debug          stack traces of failures
              --help           this text

            Exit codes: 0 done; 1 it can't be done, or something is damaged; 2 wrong arguments.
            """;

    private RegistryArguments() {}

    /// @param words of the command, to be handed to a server
    record Run(Path root, AdminCommand command, List<String> words) implements Arguments {}

    /// A command about users and keys.
    record Account(Path root, AccountCommand command) implements Arguments {}

    static Arguments parse(List<String> words) throws Arguments.UsageException {
        String root = null;
        List<String> rest = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.equals("--help") || word.equals("-h")) {
                return new Arguments.Help(HELP);
            } else if (word.startsWith("--root=")) {
                root = word.substring("--root=".length());
            } else if (word.equals("--root") && i + 1 < words.size()) {
                root = words.get(++i);
            } else if (!word.equals("--debug")) {
                rest.add(word);
            }
        }
        try {
            if (AccountCommand.isOne(rest)) {
                return new Account(Arguments.path(root), AccountCommand.parse(rest));
            }
            AdminCommand command = AdminCommand.parse(rest);
            return new Run(Arguments.path(root), command, rest);
        } catch (AdminCommand.InvalidCommandException | IllegalArgumentException e) {
            throw new Arguments.UsageException(String.valueOf(e.getMessage()), "registry");
        }
    }
}
