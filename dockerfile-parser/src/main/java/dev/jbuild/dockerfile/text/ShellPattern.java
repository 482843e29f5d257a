package dev.jbuild.dockerfile.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// A pattern of `${x#p}` and its kin: `*` is any run of characters, `?` any one; neither
/// crosses a line end. A backslash takes the meaning from `*`, `?` and itself; before `}` and
/// `/` it only ended the outer syntax and is dropped.
///
/// Matching costs at most the length of the value times that of the pattern.
public final class ShellPattern {
    private static final int ANY = -1;

    /// What stands between the stars, as code points or [#ANY].
    private final List<int[]> segments;

    private ShellPattern(List<int[]> segments) {
        this.segments = segments;
    }

    /// @throws IllegalArgumentException if a backslash stands before anything else
    public static ShellPattern compile(String pattern) {
        // As in the reference, a byte order mark at the start is no part of it.
        int[] p = pattern.codePoints().skip(pattern.startsWith("\uFEFF") ? 1 : 0).toArray();
        List<int[]> segments = new ArrayList<>();
        int[] segment = new int[p.length];
        int length = 0;
        for (int i = 0; i < p.length; i++) {
            int c = p[i];
            if (c == '*') {
                segments.add(Arrays.copyOf(segment, length));
                length = 0;
            } else if (c == '?') {
                segment[length++] = ANY;
            } else if (c != '\\') {
                segment[length++] = c;
            } else if (i + 1 < p.length && (p[i + 1] == '}' || p[i + 1] == '/')) {
                segment[length++] = p[++i];
            } else if (i + 1 < p.length
                    && (p[i + 1] == '*' || p[i + 1] == '?' || p[i + 1] == '\\')) {
                segment[length++] = p[++i];
            } else {
                String escaped = i + 1 < p.length ? Character.toString(p[i + 1]) : "\uFFFD";
                throw new IllegalArgumentException("invalid escape '\\" + escaped + "'");
            }
        }
        segments.add(Arrays.copyOf(segment, length));
        return new ShellPattern(segments);
    }

    /// The value without the shortest or longest start that the pattern matches.
    public static String trimPrefix(String pattern, String value, boolean longest) {
        ShellPattern compiled = compile(pattern);
        int[] v = value.codePoints().toArray();
        int end = compiled.new Ends(v, longest).from(0);
        return end < 0 ? value : new String(v, end, v.length - end);
    }

    /// The value without the shortest or longest end that the pattern matches.
    public static String trimSuffix(String pattern, String value, boolean longest) {
        String rest = trimPrefix(reversePattern(pattern), reverse(value), longest);
        return reverse(rest);
    }

    private static String reverse(String s) {
        int[] c = s.codePoints().toArray();
        for (int i = 0, j = c.length - 1; i < j; i++, j--) {
            int t = c[i];
            c[i] = c[j];
            c[j] = t;
        }
        return new String(c, 0, c.length);
    }

    /// Reverses, with each escape kept before the character that it escapes.
    private static String reversePattern(String pattern) {
        int[] p = pattern.codePoints().toArray();
        int[] out = new int[p.length];
        int i = 0;
        while (i < p.length) {
            int to = p.length - 1 - i;
            if (p[i] == '\\' && i + 1 < p.length) {
                out[to - 1] = p[i];
                out[to] = p[i + 1];
                i += 2;
            } else {
                out[to] = p[i];
                i++;
            }
        }
        return new String(out, 0, out.length);
    }

    /// Replaces the first match, or nothing if there is none.
    public static String replaceFirst(String pattern, String value, String replacement) {
        ShellPattern compiled = compile(pattern);
        int[] v = value.codePoints().toArray();
        Ends ends = compiled.new Ends(v, true);
        for (int i = 0; i <= v.length; i++) {
            int end = ends.from(i);
            if (end >= 0) {
                return new String(v, 0, i) + replacement + new String(v, end, v.length - end);
            }
        }
        return value;
    }

    /// Replaces every match. In the replacement `$0` and `${0}` stand for the match, any other
    /// `$name` for nothing and `$$` for a dollar, as in the reference frontend.
    public static String replaceAll(String pattern, String value, String replacement) {
        ShellPattern compiled = compile(pattern);
        int[] v = value.codePoints().toArray();
        Ends ends = compiled.new Ends(v, true);
        StringBuilder out = new StringBuilder();
        int copied = 0;
        for (int i = 0; i <= v.length; ) {
            int end = ends.from(i);
            if (end < 0) {
                i++;
                continue;
            }
            out.append(new String(v, copied, i - copied));
            if (end > copied || i == 0) {
                appendTemplate(out, replacement, new String(v, i, end - i));
            }
            copied = end;
            if (end > i) {
                i = end;
            } else {
                i++;
            }
        }
        return out.append(new String(v, copied, v.length - copied)).toString();
    }

    private static void appendTemplate(StringBuilder out, String template, String match) {
        int i = 0;
        while (i < template.length()) {
            char c = template.charAt(i);
            if (c != '$') {
                out.append(c);
                i++;
                continue;
            }
            if (template.startsWith("$$", i)) {
                out.append('$');
                i += 2;
                continue;
            }
            boolean braced = template.startsWith("${", i);
            int start = braced ? i + 2 : i + 1;
            int end = start;
            while (end < template.length() && isNamePart(template.charAt(end))) {
                end++;
            }
            if (end == start
                    || (braced && (end == template.length() || template.charAt(end) != '}'))) {
                out.append('$');
                i++;
                continue;
            }
            if (template.substring(start, end).equals("0")) {
                out.append(match);
            }
            i = braced ? end + 1 : end;
        }
    }

    private static boolean isNamePart(char c) {
        return c == '_' || Character.isLetterOrDigit(c);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "a pattern of %d segments", segments.size());
    }

    /// For one value, where the match that starts at a place ends: the stars are as long, or as
    /// short, as the rest of the pattern lets them be, the first star first.
    private final class Ends {
        private final int[] value;

        /// By the place where the first star starts, the end of the match, or -1.
        private final int[] afterFirst;

        Ends(int[] value, boolean longest) {
            this.value = value;
            int n = value.length;
            int[] after = new int[n + 1];
            for (int i = 0; i <= n; i++) {
                after[i] = i;
            }
            for (int k = segments.size() - 1; k >= 1; k--) {
                after = afterStar(segments.get(k), after, longest);
            }
            this.afterFirst = after;
        }

        private int[] afterStar(int[] segment, int[] afterSegment, boolean longest) {
            int n = value.length;
            int[] ends = new int[n + 1];
            for (int i = n; i >= 0; i--) {
                int here = matchesAt(segment, i) ? afterSegment[i + segment.length] : -1;
                int further = i < n && value[i] != '\n' ? ends[i + 1] : -1;
                ends[i] = longest ? (further >= 0 ? further : here) : (here >= 0 ? here : further);
            }
            return ends;
        }

        int from(int start) {
            int[] first = segments.getFirst();
            return matchesAt(first, start) ? afterFirst[start + first.length] : -1;
        }

        private boolean matchesAt(int[] segment, int at) {
            if (at + segment.length > value.length) {
                return false;
            }
            for (int i = 0; i < segment.length; i++) {
                int v = value[at + i];
                if (segment[i] == ANY ? v == '\n' : segment[i] != v) {
                    return false;
                }
            }
            return true;
        }
    }
}
