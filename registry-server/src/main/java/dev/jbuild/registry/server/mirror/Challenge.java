package dev.jbuild.registry.server.mirror;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a registry asks for before it answers (RFC 9110, 11.6.1).
sealed interface Challenge {
    /// A token from the endpoint `realm`.
    record Bearer(String realm, Optional<String> service, Optional<String> scope)
            implements Challenge {}

    /// User name and password.
    record Basic() implements Challenge {}

    /// A scheme and its parameters. Values in quotes may have commas.
    Pattern SCHEME = Pattern.compile("(?i)(?:^|,)\\s*(Bearer|Basic)(?=\\s|,|$)");

    Pattern PARAMETER =
            Pattern.compile("([A-Za-z_-]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\\s,\"]+))");

    /// The one to follow: a token rather than a password.
    ///
    /// @param headers of `WWW-Authenticate`
    static Optional<Challenge> choose(List<String> headers) {
        Optional<Challenge> basic = Optional.empty();
        for (String header : headers) {
            Matcher scheme = SCHEME.matcher(header);
            while (scheme.find()) {
                if (scheme.group(1).toLowerCase(Locale.ROOT).equals("basic")) {
                    basic = Optional.of(new Basic());
                } else {
                    Map<String, String> parameters = parameters(header.substring(scheme.end()));
                    String realm = parameters.get("realm");
                    if (realm != null) {
                        return Optional.of(
                                new Bearer(
                                        realm,
                                        Optional.ofNullable(parameters.get("service")),
                                        Optional.ofNullable(parameters.get("scope"))));
                    }
                }
            }
        }
        return basic;
    }

    private static Map<String, String> parameters(String text) {
        Map<String, String> parameters = new HashMap<>();
        Matcher matcher = PARAMETER.matcher(text);
        while (matcher.find()) {
            String quoted = matcher.group(2);
            parameters.putIfAbsent(
                    matcher.group(1).toLowerCase(Locale.ROOT),
                    quoted == null ? matcher.group(3) : quoted.replaceAll("\\\\(.)", "$1"));
        }
        return parameters;
    }
}
