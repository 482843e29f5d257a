package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoText;
import java.util.ArrayList;
import java.util.List;

/// The words that start with `--` right after an instruction's name, without their quotes and
/// escapes, and what follows them. A bare `--` ends them.
record FlagWords(List<String> flags, String rest) {

    static FlagWords split(String line, char escape) {
        List<String> flags = new ArrayList<>();
        int i = 0;
        while (true) {
            while (i < line.length() && GoText.isSpace(line.charAt(i))) {
                i++;
            }
            if (!line.startsWith("--", i)) {
                return new FlagWords(flags, line.substring(i));
            }
            StringBuilder word = new StringBuilder();
            i = word(line, i, escape, word);
            if (word.toString().equals("--")) {
                return new FlagWords(flags, line.substring(i));
            }
            flags.add(word.toString());
        }
    }

    /// Reads one word; the place behind it is returned.
    private static int word(String line, int start, char escape, StringBuilder out) {
        char quote = 0;
        int i = start;
        while (i < line.length()) {
            char c = line.charAt(i++);
            if (quote == 0 && GoText.isSpace(c)) {
                return i - 1;
            }
            if (quote == 0 && (c == '\'' || c == '"')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            } else if (c != escape) {
                out.append(c);
            } else if (i < line.length()) {
                out.append(line.charAt(i++));
            }
        }
        return i;
    }
}
