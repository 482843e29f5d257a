package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoPath;
import dev.jbuild.dockerfile.text.GoText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// One pattern of an ignore file: Go's `path.Match` and `**`, as in moby/patternmatcher.
final class IgnorePattern {
    private final String text;
    private final boolean negated;
    private final List<Token> tokens;
    private final Shape shape;

    /// How the pattern is compared. A start or end of `**` with nothing but plain text beside
    /// it is compared as text, which also makes `**x` match `ax`.
    private enum Shape {
        EXACT,
        PREFIX,
        SUFFIX,
        TOKENS
    }

    private sealed interface Token {
        record Literal(int c) implements Token {}

        /// `?`: any one but a slash.
        record One() implements Token {}

        /// `*`: any run without a slash.
        record Run() implements Token {}

        /// `**` or `**/` before more: nothing, or anything up to a slash.
        record Directories() implements Token {}

        /// `**` at the end: anything.
        record Rest() implements Token {}

        /// `[a-z]`.
        record OneOf(boolean negated, List<int[]> ranges) implements Token {
            boolean accepts(int c) {
                return ranges.stream().anyMatch(r -> r[0] <= c && c <= r[1]) != negated;
            }
        }
    }

    private IgnorePattern(String text, boolean negated, Shape shape, List<Token> tokens) {
        this.text = text;
        this.negated = negated;
        this.shape = shape;
        this.tokens = List.copyOf(tokens);
    }

    static IgnorePattern compile(String pattern) throws WordException {
        String clean = GoPath.clean(pattern);
        boolean negated = clean.startsWith("!");
        if (clean.equals("!")) {
            throw new WordException(
                    "illegal exclusion pattern: \"!\"", "write a pattern after the !", "!");
        }
        String text = negated ? clean.substring(1) : clean;
        Compiler compiler = new Compiler(text);
        compiler.run();
        return new IgnorePattern(text, negated, compiler.shape, compiler.tokens);
    }

    String text() {
        return text;
    }

    boolean negated() {
        return negated;
    }

    /// Whether the path or one of the directories it is in matches.
    boolean matchesWithParents(String path) {
        if (matches(path)) {
            return true;
        }
        for (int i = path.indexOf('/', 1); i > 0; i = path.indexOf('/', i + 1)) {
            if (matches(path.substring(0, i))) {
                return true;
            }
        }
        return false;
    }

    boolean matches(String path) {
        return switch (shape) {
            case EXACT -> path.equals(text);
            case PREFIX -> path.startsWith(text.substring(0, text.length() - 2));
            case SUFFIX -> {
                String suffix = text.substring(2);
                yield path.endsWith(suffix)
                        || (suffix.startsWith("/") && path.equals(suffix.substring(1)));
            }
            case TOKENS -> matchesTokens(path.codePoints().toArray());
        };
    }

    /// Whether it could match something below the directory that it does not match through the
    /// directory itself. May say yes too often, never too seldom.
    boolean mayMatchBelow(String directory) {
        String[] parts = text.split("/", -1);
        String[] path = directory.split("/", -1);
        for (int i = 0; i < path.length; i++) {
            if (i >= parts.length) {
                return false;
            }
            if (parts[i].contains("**") || parts[i].indexOf('[') >= 0) {
                return true;
            }
            if (!componentMatches(parts[i], path[i])) {
                return false;
            }
        }
        return parts.length > path.length;
    }

    private static boolean componentMatches(String pattern, String name) {
        Compiler compiler = new Compiler(pattern);
        try {
            compiler.run();
        } catch (WordException e) {
            return true;
        }
        return new IgnorePattern(pattern, false, Shape.TOKENS, compiler.tokens).matches(name);
    }

    /// Follows all ways to match at once: which places of the path the tokens so far can end
    /// at.
    private boolean matchesTokens(int[] path) {
        boolean[] reached = new boolean[path.length + 1];
        reached[0] = true;
        for (Token token : tokens) {
            reached = step(token, path, reached);
        }
        return reached[path.length];
    }

    private static boolean[] step(Token token, int[] path, boolean[] from) {
        int n = path.length;
        boolean[] to = new boolean[n + 1];
        switch (token) {
            case Token.Literal literal -> {
                for (int i = 0; i < n; i++) {
                    to[i + 1] = from[i] && path[i] == literal.c();
                }
            }
            case Token.One _ -> {
                for (int i = 0; i < n; i++) {
                    to[i + 1] = from[i] && path[i] != '/';
                }
            }
            case Token.OneOf oneOf -> {
                for (int i = 0; i < n; i++) {
                    to[i + 1] = from[i] && oneOf.accepts(path[i]);
                }
            }
            case Token.Run _ -> {
                for (int i = 0; i <= n; i++) {
                    to[i] = from[i] || (i > 0 && to[i - 1] && path[i - 1] != '/');
                }
            }
            case Token.Rest _ -> {
                for (int i = 0; i <= n; i++) {
                    to[i] = from[i] || (i > 0 && to[i - 1] && path[i - 1] != '\n');
                }
            }
            case Token.Directories _ -> {
                boolean begun = false;
                for (int i = 0; i <= n; i++) {
                    to[i] = from[i] || (i > 0 && begun && path[i - 1] == '/');
                    begun = from[i] || (begun && i > 0 && path[i - 1] != '\n');
                }
            }
        }
        return to;
    }

    @Override
    public String toString() {
        return text;
    }

    private static final class Compiler {
        private final int[] p;
        private final List<Token> tokens = new ArrayList<>();
        private Shape shape = Shape.EXACT;
        private int at;

        Compiler(String pattern) {
            this.p = pattern.codePoints().toArray();
        }

        void run() throws WordException {
            while (at < p.length) {
                boolean first = at == 0;
                int c = p[at++];
                switch (c) {
                    case '*' -> star(first);
                    case '?' -> add(new Token.One());
                    case '[' -> add(oneOf());
                    case '\\' -> {
                        if (at == p.length) {
                            throw malformed();
                        }
                        add(new Token.Literal(p[at++]));
                    }
                    case ']' -> add(new Token.Literal(c));
                    default -> tokens.add(new Token.Literal(c));
                }
            }
        }

        private void add(Token token) {
            tokens.add(token);
            shape = Shape.TOKENS;
        }

        private void star(boolean first) {
            if (at == p.length || p[at] != '*') {
                add(new Token.Run());
                return;
            }
            at++;
            if (at < p.length && p[at] == '/') {
                at++;
            }
            if (at == p.length) {
                tokens.add(new Token.Rest());
                shape = shape == Shape.EXACT ? Shape.PREFIX : Shape.TOKENS;
            } else {
                add(new Token.Directories());
            }
            if (first) {
                shape = Shape.SUFFIX;
            }
        }

        /// After the opening bracket: `^`, then characters and ranges, then `]`.
        private Token oneOf() throws WordException {
            boolean negated = at < p.length && p[at] == '^';
            if (negated) {
                at++;
            }
            List<int[]> ranges = new ArrayList<>();
            while (true) {
                if (at < p.length && p[at] == ']' && !ranges.isEmpty()) {
                    at++;
                    return new Token.OneOf(negated, ranges);
                }
                int low = classCharacter();
                int high = low;
                if (at < p.length && p[at] == '-') {
                    at++;
                    high = classCharacter();
                }
                ranges.add(new int[] {low, high});
            }
        }

        private int classCharacter() throws WordException {
            if (at == p.length || p[at] == '-' || p[at] == ']') {
                throw malformed();
            }
            if (p[at] == '\\') {
                at++;
                if (at == p.length) {
                    throw malformed();
                }
            }
            int c = p[at++];
            if (at == p.length) {
                throw malformed();
            }
            return c;
        }

        private WordException malformed() {
            String pattern = new String(p, 0, p.length);
            return new WordException(
                    "syntax error in pattern: " + GoText.quote(pattern),
                    "close the bracket, or put a backslash before it",
                    pattern);
        }

        @Override
        public String toString() {
            return Arrays.toString(p);
        }
    }
}
