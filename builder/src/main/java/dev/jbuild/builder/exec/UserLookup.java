package dev.jbuild.builder.exec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Users and groups by name, as a root file system's /etc/passwd and /etc/group have them. The
/// rules are Docker's: what is a number is an id, whatever names there are; the first line that
/// fits counts; supplementary groups come with a user of passwd, unless a group is named.
public final class UserLookup {
    private static final String PASSWD = "/etc/passwd";
    private static final String GROUP = "/etc/group";
    private static final int MOST_BYTES = 16 << 20;

    private UserLookup() {}

    /// @param user `name|uid[:group|gid]`, or empty for root
    /// @throws UnknownUserException if a name is not there, or an id is above 2147483647
    public static User resolve(Path rootfs, String user) throws IOException {
        int colon = user.indexOf(':');
        String name = colon < 0 ? user : user.substring(0, colon);
        String group = colon < 0 ? "" : user.substring(colon + 1);
        List<List<String>> users = lines(rootfs, PASSWD);
        Optional<List<String>> entry = findUser(users, name);
        int uid;
        int gid;
        String home;
        if (entry.isPresent()) {
            uid = number(entry.get(), 2).orElseThrow();
            gid = number(entry.get(), 3).orElse(0);
            home = entry.get().size() > 5 ? entry.get().get(5) : "";
        } else {
            uid = name.isEmpty() ? 0 : id("user", name, PASSWD);
            gid = 0;
            home = "";
        }
        home = home.startsWith("/") ? home : "/";
        if (!group.isEmpty()) {
            return new User(uid, findGroup(rootfs, group), List.of(), home);
        }
        List<Integer> additional =
                entry.isPresent() ? memberships(rootfs, entry.get().getFirst(), gid) : List.of();
        return new User(uid, gid, additional, home);
    }

    private static Optional<List<String>> findUser(List<List<String>> users, String name)
            throws UnknownUserException {
        if (name.isEmpty() || isNumber(name)) {
            int uid = name.isEmpty() ? 0 : id("user", name, PASSWD);
            return users.stream().filter(line -> isId(line, uid)).findFirst();
        }
        return users.stream()
                .filter(line -> line.getFirst().equals(name) && number(line, 2).isPresent())
                .findFirst();
    }

    private static int findGroup(Path rootfs, String group) throws IOException {
        if (isNumber(group)) {
            return id("group", group, GROUP);
        }
        for (List<String> line : lines(rootfs, GROUP)) {
            if (line.getFirst().equals(group) && number(line, 2).isPresent()) {
                return number(line, 2).getAsInt();
            }
        }
        return id("group", group, GROUP);
    }

    private static List<Integer> memberships(Path rootfs, String name, int gid) throws IOException {
        List<Integer> gids = new ArrayList<>();
        for (List<String> line : lines(rootfs, GROUP)) {
            boolean member =
                    line.size() > 3 && Arrays.asList(line.get(3).split(",")).contains(name);
            OptionalInt id = number(line, 2);
            if (member && id.isPresent() && id.getAsInt() != gid && !gids.contains(id.getAsInt())) {
                gids.add(id.getAsInt());
            }
        }
        return gids;
    }

    private static int id(String what, String text, String file) throws UnknownUserException {
        if (!isNumber(text)) {
            throw new UnknownUserException(
                    what
                            + " '"
                            + text
                            + "' is not in the image's "
                            + file
                            + "; add it there (adduser, useradd or groupadd in a RUN before), or"
                            + " give its number");
        }
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            UnknownUserException unknown =
                    new UnknownUserException(
                            "invalid " + what + " '" + text + "': ids go from 0 to 2147483647");
            unknown.initCause(e);
            throw unknown;
        }
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static boolean isId(List<String> line, int id) {
        OptionalInt number = number(line, 2);
        return number.isPresent() && number.getAsInt() == id;
    }

    /// Empty if there is no such field, or no valid id in it: such a line is no user.
    private static OptionalInt number(List<String> line, int field) {
        if (line.size() <= field || !isNumber(line.get(field)) || line.get(field).length() > 10) {
            return OptionalInt.empty();
        }
        long number = Long.parseLong(line.get(field));
        return number > Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of((int) number);
    }

    /// The lines of a file, split at colons; none if there is no such file.
    private static List<List<String>> lines(Path rootfs, String file) throws IOException {
        Path path = RootfsPath.resolve(rootfs, file);
        if (!Files.isRegularFile(path)) {
            return List.of();
        }
        if (Files.size(path) > MOST_BYTES) {
            throw new IOException("the image's " + file + " has more than 16 MiB");
        }
        return new String(Files.readAllBytes(path), StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .map(line -> Arrays.asList(line.split(":", -1)))
                .toList();
    }
}
