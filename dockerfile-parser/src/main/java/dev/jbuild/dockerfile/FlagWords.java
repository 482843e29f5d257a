package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoText;
import java.util.ArrayList;
import java.util.List;

/// The words that start with `--` right after an instruction's name, without their quotes and
/// escapes, and what follows them. A bare `--` ends them.
record FlagWords(List<String> flags, String rest) {
    private static final int NONE = -1;

    /// Splits a line of text. Of its spaces only ASCII's count: the reference frontend reads the
    /// flags byte by byte, and no other space is a byte of its own there.
    static FlagWords split(String line, char escape) {
        return split(line, escape, 0x7F);
    }

    /// Splits a line whose characters stand for the bytes of one, as the reference frontend does.
    static FlagWords splitBytes(String latin1, char escape) {
        return split(latin1, escape, 0xFF);
    }

    private static FlagWords split(String line, char escape, int highestSpace) {
        List<String> flags = new ArrayList<>();
        int i = 0;
        while (true) {
            while (i < line.length() && isSpace(line.charAt(i), highestSpace)) {
                i++;
            }
            if (!line.startsWith("--", i)) {
                return new FlagWords(flags, line.substring(i));
            }
            StringBuilder word = new StringBuilder();
            i = word(line, i, escape, highestSpace, word);
            if (word.toString().equals("--")) {
                return new FlagWords(flags, line.substring(i));
            }
            flags.add(word.toString());
        }
    }

    /// Reads one word; the place behind it is returned.
    private static int word(
            String line, int start, char escape, int highestSpace, StringBuilder out) {
        int quote = NONE;
        int i = start;
        while (i < line.length()) {
            char c = line.charAt(i++);
            if (quote == NONE && isSpace(c, highestSpace)) {
                return i - 1;
            }
            if (quote == NONE && (c == '\'' || c == '"')) {
                quote = c;
            } else if (c == quote) {
                quote = NONE;
            } else if (c != escape) {
                out.append(c);
            } else if (i < line.length()) {
                out.append(line.charAt(i++));
            }
        }
        return i;
    }

    private static boolean isSpace(char c, int highest) {
        return c <= highest && GoText.isSpace(c);
    }
}
