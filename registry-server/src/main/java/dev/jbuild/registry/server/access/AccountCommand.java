package dev.jbuild.registry.server.access;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// A command about users and keys, the words after `jbuild registry`. Beside a running server or
/// without one.
public sealed interface AccountCommand {
    String HELP =
            """
              user add NAME    makes a user, or gives one a new password, which is asked for or read
                               from standard input
              user remove NAME takes a user or robot:NAME away, with all keys
              user list        the users
              key add OWNER [--limit PATTERN:ACTIONS]... [--expires DAYSd|HOURSh]
                               makes a key of a user or of robot:NAME and prints it, this once; it is
                               a password of its own
              key remove ID    takes a key back
              key list         the keys: id, owner, end, limits
            """;

    record AddUser(String name) implements AccountCommand {}

    record RemoveUser(String name) implements AccountCommand {}

    record ListUsers() implements AccountCommand {}

    record AddKey(String owner, List<Limit> limits, Optional<Duration> life)
            implements AccountCommand {
        public AddKey {
            limits = List.copyOf(limits);
        }
    }

    record RemoveKey(String id) implements AccountCommand {}

    record ListKeys() implements AccountCommand {}

    /// Asks for a password.
    interface PasswordSource {
        String password(String prompt) throws IOException;
    }

    static boolean isOne(List<String> words) {
        return !words.isEmpty()
                && (words.getFirst().equals("user") || words.getFirst().equals("key"));
    }

    /// @throws IllegalArgumentException says what is wrong
    static AccountCommand parse(List<String> words) {
        String verb = words.size() < 2 ? "" : words.get(1);
        List<String> rest = words.subList(Math.min(2, words.size()), words.size());
        return switch (words.getFirst() + " " + verb) {
            case "user add" -> new AddUser(Accounts.requireName(one(rest, "NAME")));
            case "user remove" -> new RemoveUser(one(rest, "NAME"));
            case "user list" -> {
                none(rest);
                yield new ListUsers();
            }
            case "key add" -> addKey(rest);
            case "key remove" -> new RemoveKey(one(rest, "ID"));
            case "key list" -> {
                none(rest);
                yield new ListKeys();
            }
            default ->
                    throw new IllegalArgumentException(
                            "'" + words.getFirst() + "' is followed by add, remove or list");
        };
    }

    /// Whether it makes a user or key: as soon as there is one, a server that starts controls
    /// access.
    default boolean adds() {
        return this instanceof AddUser || this instanceof AddKey;
    }

    /// @param password that a user gets who is added
    /// @return whether it was done
    default boolean run(
            Accounts accounts, InstantSource clock, Optional<String> password, Consumer<String> out)
            throws IOException {
        switch (this) {
            case AddUser(String name) -> {
                accounts.setUser(name, password.orElseThrow());
                out.accept(
                        "user '"
                                + name
                                + "' can log in; a server that was started without users controls access once it is restarted");
                return true;
            }
            case RemoveUser(String name) -> {
                boolean gone = accounts.remove(name);
                out.accept(gone ? "'" + name + "' is removed" : "there is no '" + name + "'");
                return gone;
            }
            case ListUsers _ -> {
                accounts.users().forEach(out);
                return true;
            }
            case AddKey(String owner, List<Limit> limits, Optional<Duration> life) -> {
                Optional<Instant> end = life.map(time -> clock.instant().plus(time));
                out.accept(accounts.makeKey(owner, limits, end));
                return true;
            }
            case RemoveKey(String id) -> {
                boolean gone = accounts.removeKey(id);
                out.accept(gone ? "key '" + id + "' is removed" : "there is no key '" + id + "'");
                return gone;
            }
            case ListKeys _ -> {
                for (Accounts.Key key : accounts.keys()) {
                    out.accept(
                            key.id()
                                    + "  "
                                    + key.owner()
                                    + "  "
                                    + key.expires().map(Instant::toString).orElse("-")
                                    + "  "
                                    + String.join(
                                            " ",
                                            key.limits().stream().map(Limit::toString).toList()));
                }
                return true;
            }
        }
    }

    private static AddKey addKey(List<String> words) {
        List<String> names = new ArrayList<>();
        List<Limit> limits = new ArrayList<>();
        Optional<Duration> life = Optional.empty();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.equals("--limit") || word.equals("--expires")) {
                if (++i == words.size()) {
                    throw new IllegalArgumentException("'" + word + "' needs a value");
                }
                if (word.equals("--limit")) {
                    limits.add(Limit.parse(words.get(i)));
                } else {
                    life = Optional.of(life(words.get(i)));
                }
            } else {
                names.add(word);
            }
        }
        return new AddKey(one(names, "OWNER"), limits, life);
    }

    private static Duration life(String text) {
        if (!text.matches("[1-9][0-9]{0,4}[dh]")) {
            throw new IllegalArgumentException(
                    "'--expires " + text + "' is no number of days or hours, such as 90d or 12h");
        }
        long number = Long.parseLong(text.substring(0, text.length() - 1));
        return text.endsWith("d") ? Duration.ofDays(number) : Duration.ofHours(number);
    }

    private static String one(List<String> words, String what) {
        if (words.size() != 1 || words.getFirst().startsWith("--")) {
            throw new IllegalArgumentException("exactly one " + what + " is needed");
        }
        return words.getFirst();
    }

    private static void none(List<String> words) {
        if (!words.isEmpty()) {
            throw new IllegalArgumentException("unknown argument '" + words.getFirst() + "'");
        }
    }
}
