package dev.jbuild.registry.server.admin;

import dev.jbuild.oci.InvalidReferenceException;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.access.RepositoryPattern;
import dev.jbuild.registry.server.upkeep.ScrubPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A command to a registry, the words after `jbuild registry` without `--root`.
public sealed interface AdminCommand {
    /// Followed by an absolute path.
    String CONFIG = "--config=";

    /// Collects garbage now.
    ///
    /// @param dryRun only tells what would be collected
    record Gc(boolean dryRun) implements AdminCommand {}

    /// Tells which tags would go now, and why the others stay.
    ///
    /// @param config a configuration file whose rules count in place of the server's own
    record PreviewRetention(Optional<Path> config) implements AdminCommand {}

    /// Tells what there is.
    record Status() implements AdminCommand {}

    /// Refuses or takes changes from now on, until the server is started again.
    record ReadOnly(boolean on) implements AdminCommand {}

    /// Verifies all content.
    ///
    /// @param bytesPerSecond read at most
    record Scrub(long bytesPerSecond) implements AdminCommand {}

    /// Copies the registry.
    ///
    /// @param accounts with users, keys and the key of tokens
    record MakeBackup(Path directory, boolean accounts) implements AdminCommand {}

    /// Writes repositories into an OCI image layout.
    ///
    /// @param repositories empty: all
    record Export(Path output, List<RepositoryPattern> repositories) implements AdminCommand {
        public Export {
            repositories = List.copyOf(repositories);
        }
    }

    /// Takes an OCI image layout in.
    ///
    /// @param into where all of it goes; empty: where its names say
    record Import(Path layout, Optional<RepositoryName> into) implements AdminCommand {}

    /// Copies a backup into a root that has no registry.
    ///
    /// @param accounts with users, keys and the key of tokens
    record Restore(Path backup, boolean accounts) implements AdminCommand {}

    /// Makes the index anew.
    ///
    /// @param into without a journal, the repository that all manifests go to
    record Reindex(Optional<RepositoryName> into) implements AdminCommand {}

    /// The user's mistake; the message says which.
    final class InvalidCommandException extends Exception {
        private static final long serialVersionUID = 1L;

        public InvalidCommandException(String message) {
            super(message + " (see jbuild registry --help)");
        }
    }

    static AdminCommand parse(List<String> words) throws InvalidCommandException {
        if (words.isEmpty()) {
            throw new InvalidCommandException("a command is missing, such as 'gc'");
        }
        List<String> rest = words.subList(1, words.size());
        return switch (words.getFirst()) {
            case "gc" -> new Gc(only(rest, "--dry-run"));
            case "retention" -> new PreviewRetention(config(rest));
            case "scrub" -> new Scrub(rate(rest));
            case "backup" -> new MakeBackup(directory("backup", paths(rest)), accounts(rest));
            case "export" -> export(rest);
            case "import" -> importing(rest);
            case "restore" -> new Restore(directory("restore", paths(rest)), accounts(rest));
            case "status" -> {
                none(rest);
                yield new Status();
            }
            case "reindex" -> new Reindex(into("reindex", rest));
            case "read-only" -> new ReadOnly(isOn(rest));
            default ->
                    throw new InvalidCommandException("unknown command '" + words.getFirst() + "'");
        };
    }

    private static long rate(List<String> words) throws InvalidCommandException {
        if (words.isEmpty()) {
            return ScrubPolicy.STANDARD_RATE;
        }
        String number = words.getFirst().replaceFirst("--rate=", "");
        if (words.size() > 1 || !number.matches("[1-9]\\d{0,6}")) {
            throw new InvalidCommandException(
                    "'scrub' takes --rate=N, a number of megabytes per second");
        }
        return Long.parseLong(number) * 1_000_000;
    }

    private static Optional<Path> config(List<String> words) throws InvalidCommandException {
        if (words.isEmpty()) {
            return Optional.empty();
        }
        if (words.size() > 1 || !words.getFirst().startsWith(CONFIG + "/")) {
            throw new InvalidCommandException("'retention' takes no argument but --config FILE");
        }
        return Optional.of(Path.of(words.getFirst().substring(CONFIG.length())));
    }

    private static AdminCommand export(List<String> words) throws InvalidCommandException {
        Optional<Path> output = Optional.empty();
        List<RepositoryPattern> repositories = new ArrayList<>();
        for (String word : words) {
            if (word.startsWith("--output=/") && output.isEmpty()) {
                output = Optional.of(Path.of(word.substring("--output=".length())));
            } else if (word.startsWith("--repository=")) {
                try {
                    repositories.add(
                            RepositoryPattern.of(word.substring("--repository=".length())));
                } catch (IllegalArgumentException e) {
                    throw new InvalidCommandException(String.valueOf(e.getMessage()));
                }
            } else {
                throw new InvalidCommandException("unknown argument '" + word + "'");
            }
        }
        if (output.isEmpty()) {
            throw new InvalidCommandException(
                    "'export' needs --output, a directory or a file that ends with .tar");
        }
        return new Export(output.get(), repositories);
    }

    private static AdminCommand importing(List<String> words) throws InvalidCommandException {
        return new Import(directory("import", paths(words)), into("import", options(words)));
    }

    private static List<String> options(List<String> words) {
        return words.stream().filter(word -> word.startsWith("--")).toList();
    }

    private static List<String> paths(List<String> words) {
        return words.stream().filter(word -> !word.startsWith("--")).toList();
    }

    private static boolean accounts(List<String> words) throws InvalidCommandException {
        return !only(options(words), "--without-accounts");
    }

    private static Optional<RepositoryName> into(String command, List<String> words)
            throws InvalidCommandException {
        if (words.isEmpty()) {
            return Optional.empty();
        }
        if (words.size() > 1 || !words.getFirst().startsWith("--into=")) {
            throw new InvalidCommandException(
                    "'" + command + "' takes no option but --into=REPOSITORY");
        }
        try {
            return Optional.of(new RepositoryName(words.getFirst().substring("--into=".length())));
        } catch (InvalidReferenceException e) {
            throw new InvalidCommandException(String.valueOf(e.getMessage()));
        }
    }

    private static Path directory(String command, List<String> words)
            throws InvalidCommandException {
        if (words.size() != 1 || !words.getFirst().startsWith("/")) {
            throw new InvalidCommandException(
                    "'" + command + "' is followed by one path, an absolute one");
        }
        return Path.of(words.getFirst());
    }

    private static boolean isOn(List<String> words) throws InvalidCommandException {
        if (!words.equals(List.of("on")) && !words.equals(List.of("off"))) {
            throw new InvalidCommandException("'read-only' is followed by 'on' or 'off'");
        }
        return words.getFirst().equals("on");
    }

    private static boolean only(List<String> words, String flag) throws InvalidCommandException {
        for (String word : words) {
            if (!word.equals(flag)) {
                throw new InvalidCommandException("unknown argument '" + word + "'");
            }
        }
        return !words.isEmpty();
    }

    private static void none(List<String> words) throws InvalidCommandException {
        if (!words.isEmpty()) {
            throw new InvalidCommandException("unknown argument '" + words.getFirst() + "'");
        }
    }
}
