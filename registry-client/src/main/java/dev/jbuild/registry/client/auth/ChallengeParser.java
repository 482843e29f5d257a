package dev.jbuild.registry.client.auth;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Reads one `WWW-Authenticate` header, which may hold several challenges, each with parameters
/// that commas separate as they separate the challenges.
final class ChallengeParser {
    private final String text;
    private int at;

    ChallengeParser(String text) {
        this.text = text;
    }

    List<Challenge> parse() {
        List<Challenge> challenges = new ArrayList<>();
        skip(" \t,");
        while (at < text.length()) {
            String scheme = token();
            if (scheme.isEmpty()) {
                break;
            }
            skip(" \t");
            skipToken68();
            challenge(scheme, parameters()).ifPresent(challenges::add);
            skip(" \t,");
        }
        return challenges;
    }

    private static Optional<Challenge> challenge(String scheme, Map<String, String> parameters) {
        return switch (scheme.toLowerCase(Locale.ROOT)) {
            case "basic" -> Optional.of(new Challenge.Basic());
            case "bearer" ->
                    Optional.ofNullable(parameters.get("realm"))
                            .map(
                                    realm ->
                                            new Challenge.Bearer(
                                                    realm,
                                                    Optional.ofNullable(parameters.get("service")),
                                                    Scope.parse(
                                                            parameters.getOrDefault("scope", ""))));
            default -> Optional.empty();
        };
    }

    /// Parameters up to the next scheme, which is a token without `=` after it.
    private Map<String, String> parameters() {
        Map<String, String> parameters = new LinkedHashMap<>();
        while (true) {
            int start = at;
            skip(" \t,");
            String name = token();
            skip(" \t");
            if (name.isEmpty() || at >= text.length() || text.charAt(at) != '=') {
                at = start;
                return parameters;
            }
            at++;
            skip(" \t");
            String value = at < text.length() && text.charAt(at) == '"' ? quoted() : token();
            parameters.putIfAbsent(name.toLowerCase(Locale.ROOT), value);
        }
    }

    private String quoted() {
        StringBuilder value = new StringBuilder();
        at++;
        while (at < text.length() && text.charAt(at) != '"') {
            if (text.charAt(at) == '\\' && at + 1 < text.length()) {
                at++;
            }
            value.append(text.charAt(at++));
        }
        at = Math.min(at + 1, text.length());
        return value.toString();
    }

    private String token() {
        int start = at;
        while (at < text.length() && isTokenCharacter(text.charAt(at))) {
            at++;
        }
        return text.substring(start, at);
    }

    /// Other schemes carry a blob in place of parameters, such as `Negotiate YII=`.
    private void skipToken68() {
        int start = at;
        while (at < text.length()
                && (Character.isLetterOrDigit(text.charAt(at))
                        || "-._~+/".indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
        boolean some = at > start;
        skip("=");
        int end = at;
        skip(" \t");
        if (!some || (at < text.length() && text.charAt(at) != ',')) {
            at = start;
        } else {
            at = end;
        }
    }

    private void skip(String characters) {
        while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    /// RFC 9110, section 5.6.2.
    private static boolean isTokenCharacter(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }
}
