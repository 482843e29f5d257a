package dev.jbuild.builder.solve;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The argument of `--chmod`: octal up to 07777, or symbolic as in `u=rwX,go=rX` (chmod(1)).
final class ModeChange {
    private static final int ALL = 07777;
    private static final int USER = 0700;
    private static final int GROUP = 0070;
    private static final int OTHERS = 0007;
    private static final int SET_USER = 04000;
    private static final int SET_GROUP = 02000;
    private static final int STICKY = 01000;
    private static final int EXECUTE = 0111;
    private static final Pattern CLAUSE =
            Pattern.compile("([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)");
    private static final Pattern ACTION = Pattern.compile("([-+=])([ugo]|[rwxXst]*)");

    static final ModeChange NONE = new ModeChange(List.of());

    /// @param who bits that may change
    private record Change(int who, char operator, String what) {}

    private final List<Change> changes;

    private ModeChange(List<Change> changes) {
        this.changes = changes;
    }

    /// @throws IllegalArgumentException if it is neither octal nor symbolic
    static ModeChange parse(String text) {
        if (!text.isEmpty()
                && text.length() <= 5
                && text.chars().allMatch(c -> c >= '0' && c <= '7')) {
            int mode = Integer.parseInt(text, 8);
            if (mode <= ALL) {
                return new ModeChange(List.of(new Change(ALL, '!', text)));
            }
        }
        List<Change> changes = new ArrayList<>();
        for (String clause : text.split(",", -1)) {
            Matcher matcher = CLAUSE.matcher(clause);
            if (!matcher.matches()) {
                throw new IllegalArgumentException(
                        "invalid chmod parameter: '"
                                + text
                                + "'. it should be octal string and between 0 and 07777, or symbolic as in u=rwX,go=rX");
            }
            Matcher action = ACTION.matcher(matcher.group(2));
            while (action.find()) {
                changes.add(
                        new Change(
                                who(matcher.group(1)), action.group(1).charAt(0), action.group(2)));
            }
        }
        return new ModeChange(changes);
    }

    /// The mode after the change.
    int apply(int mode, boolean isDirectory) {
        int changed = mode;
        for (Change change : changes) {
            changed = apply(change, changed, isDirectory);
        }
        return changed;
    }

    private static int apply(Change change, int mode, boolean isDirectory) {
        int bits =
                change.operator() == '!'
                        ? 0
                        : bits(change.what(), mode, isDirectory) & change.who();
        return switch (change.operator()) {
            case '+' -> mode | bits;
            case '-' -> mode & ~bits;
            case '=' -> (mode & ~change.who()) | bits;
            default -> Integer.parseInt(change.what(), 8);
        };
    }

    private static int bits(String what, int mode, boolean isDirectory) {
        int bits = 0;
        for (int i = 0; i < what.length(); i++) {
            char c = what.charAt(i);
            bits |=
                    switch (c) {
                        case 'r' -> 0444;
                        case 'w' -> 0222;
                        case 'x' -> EXECUTE;
                        case 'X' -> isDirectory || (mode & EXECUTE) != 0 ? EXECUTE : 0;
                        case 's' -> SET_USER | SET_GROUP;
                        case 't' -> STICKY;
                        case 'u' -> spread((mode & USER) >> 6);
                        case 'g' -> spread((mode & GROUP) >> 3);
                        default -> spread(mode & OTHERS);
                    };
        }
        return bits;
    }

    private static int spread(int bits) {
        return bits << 6 | bits << 3 | bits;
    }

    private static int who(String letters) {
        int who = 0;
        for (int i = 0; i < letters.length(); i++) {
            char c = letters.charAt(i);
            who |=
                    switch (c) {
                        case 'u' -> USER | SET_USER;
                        case 'g' -> GROUP | SET_GROUP;
                        case 'o' -> OTHERS | STICKY;
                        default -> ALL;
                    };
        }
        return letters.isEmpty() ? ALL : who;
    }
}
