package dev.jbuild.registry.server;

import dev.jbuild.registry.server.access.AccountCommand;
import dev.jbuild.registry.server.admin.AdminCommand;
import dev.jbuild.registry.server.yaml.YamlException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The words after `registry`.
final class RegistryArguments {
    static final String HELP =
            """
            usage: jbuild registry COMMAND (--root DIR | --config FILE)

            Does something with the registry in DIR, through the server that runs on it if there is one.

              status           what there is
              gc [--dry-run]   collects garbage now; --dry-run tells what would go, and changes nothing
              retention        tells which tags would go now and why the others stay, and changes nothing; with
                               --config by the rules there, so that they can be tried beside a server
              scrub [--rate=N] verifies all content, N megabytes per second (50); puts aside what is damaged, and gets
                               it back from the mirror of the configuration, if there is one
              backup DIR       copies the registry into DIR, which can be served; again: only what is new, and what was
                               deleted goes; with users and keys, unless --without-accounts
              export --output DIR|FILE.tar [--repository PATTERN]...
                               writes repositories (all) into an OCI image layout, which must not be there yet
              import DIR|FILE.tar [--into REPOSITORY]
                               takes an OCI image layout in, where its names say or into one repository
              restore DIR      copies the backup in DIR into a --root without a registry, and verifies it; likewise
              reindex [--into=REPOSITORY]
                               makes a lost index anew from its journal; without one, from what manifests say, all
                               into one repository
              read-only on|off refuses pushes and deletes, or takes them again; a restart takes them
            """
                    + AccountCommand.HELP
                    + """

              --root DIR       as given to jbuild serve
              --config FILE    the file of jbuild serve, for its root, and for its rules if no server runs
              --debug          stack traces of failures
              --help           this text

            Exit codes: 0 done; 1 it can't be done, or something is damaged; 2 wrong arguments.
            """;

    private static final String OUTPUT = "--output=";
    private static final Set<String> WITH_PATH = Set.of("backup", "restore", "import");

    private RegistryArguments() {}

    /// @param words of the command, to be handed to a server
    /// @param config what counts if there is no server
    record Run(Path root, AdminCommand command, List<String> words, Optional<ServerConfig> config)
            implements Arguments {}

    /// A command about users and keys.
    record Account(Path root, AccountCommand command) implements Arguments {}

    static Arguments parse(List<String> words)
            throws Arguments.UsageException, IOException, YamlException {
        String root = null;
        String config = null;
        List<String> rest = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.equals("--help") || word.equals("-h")) {
                return new Arguments.Help(HELP);
            } else if (word.startsWith("--root=")) {
                root = word.substring("--root=".length());
            } else if (word.equals("--root") && i + 1 < words.size()) {
                root = words.get(++i);
            } else if (word.startsWith("--config=")) {
                config = word.substring("--config=".length());
            } else if (word.equals("--config") && i + 1 < words.size()) {
                config = words.get(++i);
            } else if (!word.equals("--debug")) {
                rest.add(word);
            }
        }
        return config == null
                ? parse(root, rest, Optional.empty())
                : configured(root, Path.of(config).toAbsolutePath(), rest);
    }

    private static Arguments configured(@Nullable String root, Path file, List<String> rest)
            throws Arguments.UsageException, IOException, YamlException {
        ServerConfig config = ConfigFile.read(file).config();
        List<String> words = new ArrayList<>(rest);
        if (words.equals(List.of("retention"))) {
            words.add(AdminCommand.CONFIG + file);
        }
        return parse(root == null ? config.root().toString() : root, words, Optional.of(config));
    }

    /// Options as one word each, and paths absolute: a server has another working directory.
    private static List<String> settled(List<String> words) {
        List<String> settled = new ArrayList<>();
        String command = words.isEmpty() ? "" : words.getFirst();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            boolean option = Set.of("--output", "--repository", "--into").contains(word);
            if (option && i + 1 < words.size()) {
                word += "=" + words.get(++i);
            }
            if (word.startsWith(OUTPUT)) {
                word = OUTPUT + Path.of(word.substring(OUTPUT.length())).toAbsolutePath();
            } else if (i > 0 && !word.startsWith("--") && WITH_PATH.contains(command)) {
                word = Path.of(word).toAbsolutePath().toString();
            }
            settled.add(word);
        }
        return settled;
    }

    private static Arguments parse(
            @Nullable String root, List<String> given, Optional<ServerConfig> config)
            throws Arguments.UsageException {
        try {
            if (AccountCommand.isOne(given)) {
                return new Account(Arguments.path(root), AccountCommand.parse(given));
            }
            List<String> rest = settled(given);
            AdminCommand command = AdminCommand.parse(rest);
            return new Run(Arguments.path(root), command, rest, config);
        } catch (AdminCommand.InvalidCommandException | IllegalArgumentException e) {
            throw new Arguments.UsageException(String.valueOf(e.getMessage()), "registry");
        }
    }
}
