package dev.jbuild.builder.plan;

import java.util.regex.Pattern;

/// Text for people, without the passwords that URLs in it hold.
public final class Secrets {
    private static final Pattern IN_URL =
            Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]*://)[^/?#\\s\"'@]+(?:@[^/?#\\s\"'@]+)*@");

    private Secrets() {}

    /// The text with `xxxxx:xxxxx@` for what stands before the host of a URL, as docker shows it.
    public static String hide(String text) {
        return text.contains("@") ? IN_URL.matcher(text).replaceAll("$1xxxxx:xxxxx@") : text;
    }
}
