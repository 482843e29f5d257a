package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.GoValues;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a source of ADD is, after expansion: a path of the context, a file on a web server, or
/// a git repository (https://docs.docker.com/reference/dockerfile/#add).
public sealed interface RemoteSource {
    /// A path or pattern.
    record Local(String path) implements RemoteSource {}

    /// `http://` or `https://`, but no repository.
    record Http(String url) implements RemoteSource {}

    /// `https://host/path.git#ref:directory`, `git@host:path.git`, `ssh://…`, `git://…`; what
    /// stands after `#` can also be written as a query.
    ///
    /// @param remote the URL without fragment and query
    /// @param ref a branch, tag or commit
    /// @param subdirectory the part of the repository to take
    /// @param checksum the commit that the ref must be
    record Git(
            String remote,
            Optional<String> ref,
            Optional<String> subdirectory,
            Optional<String> checksum,
            Optional<Boolean> keepGitDir,
            Optional<Boolean> submodules)
            implements RemoteSource {}

    /// @throws WordException if it is a git repository with a wrong query
    static RemoteSource of(String word) throws WordException {
        if (word.startsWith("./") || word.startsWith("../")) {
            return new Local(word);
        }
        Matcher url = GitWord.URL.matcher(word);
        if (url.matches()) {
            boolean web = url.group("scheme").toLowerCase(java.util.Locale.ROOT).startsWith("http");
            if (!web || url.group("base").endsWith(".git")) {
                return GitWord.read(url);
            }
            return new Http(word);
        }
        Matcher scp = GitWord.SCP.matcher(word);
        return scp.matches() ? GitWord.read(scp) : new Local(word);
    }

    /// Reads a repository's address.
    final class GitWord {
        private static final Pattern URL =
                Pattern.compile(
                        "(?<base>(?<scheme>(?i:https?|ssh|git))://[^?#]*)(?:\\?(?<query>[^#]*))?(?:#(?<fragment>.*))?",
                        Pattern.DOTALL);
        private static final Pattern SCP =
                Pattern.compile(
                        "(?<base>[a-zA-Z0-9_-]+@[a-zA-Z0-9.-]+:[^?#]*)(?:\\?(?<query>[^#]*))?(?:#(?<fragment>.*))?",
                        Pattern.DOTALL);
        private static final List<String> KEYS =
                List.of(
                        "ref",
                        "tag",
                        "branch",
                        "subdir",
                        "checksum",
                        "commit",
                        "keep-git-dir",
                        "submodules",
                        "mtime",
                        "fetch-by-commit");

        private GitWord() {}

        private static Git read(Matcher m) throws WordException {
            String fragment = Optional.ofNullable(m.group("fragment")).orElse("");
            int colon = fragment.indexOf(':');
            Optional<String> ref = text(colon < 0 ? fragment : fragment.substring(0, colon));
            Optional<String> directory =
                    colon < 0 ? Optional.empty() : text(fragment.substring(colon + 1));
            Map<String, String> query = query(Optional.ofNullable(m.group("query")).orElse(""));
            Optional<String> checksum = value(query, "checksum").or(() -> value(query, "commit"));
            ref = agreeing("ref", ref, value(query, "ref"));
            Optional<String> tag = value(query, "tag").map(t -> prefixed("refs/tags/", t));
            Optional<String> branch = value(query, "branch").map(b -> prefixed("refs/heads/", b));
            if (tag.isPresent() && branch.isPresent()) {
                throw wrong("branch conflicts with tag");
            }
            ref = agreeing("ref", ref, tag.or(() -> branch));
            return new Git(
                    m.group("base"),
                    ref.or(() -> checksum),
                    agreeing("subdir", directory, value(query, "subdir")),
                    checksum,
                    flag(query, "keep-git-dir"),
                    flag(query, "submodules"));
        }

        private static Map<String, String> query(String text) throws WordException {
            Map<String, String> query = new LinkedHashMap<>();
            if (text.isEmpty()) {
                return query;
            }
            for (String pair : text.split("&", -1)) {
                int equals = pair.indexOf('=');
                String key = decoded(equals < 0 ? pair : pair.substring(0, equals));
                String value = equals < 0 ? "" : decoded(pair.substring(equals + 1));
                if (!KEYS.contains(key)) {
                    throw wrong("unexpected query " + GoText.quote(key));
                }
                boolean flag =
                        List.of("submodules", "keep-git-dir", "fetch-by-commit").contains(key);
                if (value.isEmpty() && !flag) {
                    throw wrong("query " + GoText.quote(key) + " has no value");
                }
                if (query.put(key, value) != null) {
                    throw wrong("query " + GoText.quote(key) + " has multiple values");
                }
            }
            return query;
        }

        private static String decoded(String text) throws WordException {
            try {
                return URLDecoder.decode(text, StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                throw wrong("invalid URL escape in " + GoText.quote(text));
            }
        }

        private static Optional<String> value(Map<String, String> query, String key) {
            return Optional.ofNullable(query.get(key));
        }

        private static Optional<Boolean> flag(Map<String, String> query, String key)
                throws WordException {
            String value = query.get(key);
            if (value == null) {
                return Optional.empty();
            }
            if (value.isEmpty()) {
                return Optional.of(true);
            }
            return Optional.of(
                    GoValues.bool(value)
                            .orElseThrow(
                                    () ->
                                            wrong(
                                                    "invalid "
                                                            + key
                                                            + " value: "
                                                            + GoText.quote(value))));
        }

        private static Optional<String> agreeing(
                String what, Optional<String> one, Optional<String> other) throws WordException {
            if (one.isPresent() && other.isPresent() && !one.equals(other)) {
                throw wrong(
                        what
                                + " conflicts: "
                                + GoText.quote(one.get())
                                + " vs "
                                + GoText.quote(other.get()));
            }
            return one.or(() -> other);
        }

        private static String prefixed(String prefix, String name) {
            return name.startsWith(prefix) ? name : prefix + name;
        }

        private static WordException wrong(String problem) {
            return new WordException(
                    problem,
                    "write https://host/repository.git?ref=REF&subdir=DIRECTORY&checksum=COMMIT",
                    "");
        }

        private static Optional<String> text(String s) {
            return s.isEmpty() ? Optional.empty() : Optional.of(s);
        }
    }
}
