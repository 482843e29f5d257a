package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.WordException;
import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.Suggestion;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// A platform as `--platform` names it: `linux/arm64`, `linux/arm/v7`, `arm64`, `linux`.
///
/// @param variant empty if there is none
record PlatformName(String os, String architecture, String variant) {
    private static final String COMPONENT_TEXT = "^[A-Za-z0-9_.-]+$";
    private static final String OS_TEXT =
            "^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.%-]*)((?:\\+[A-Za-z0-9_.%-]+)*)\\))?$";
    private static final Pattern COMPONENT = Pattern.compile("[A-Za-z0-9_.-]+");
    private static final Pattern OS =
            Pattern.compile("[A-Za-z0-9_-]+(?:\\([A-Za-z0-9_.%-]*(?:\\+[A-Za-z0-9_.%-]+)*+\\))?");
    private static final List<String> SYSTEMS =
            List.of(
                    "linux",
                    "windows",
                    "darwin",
                    "freebsd",
                    "openbsd",
                    "netbsd",
                    "dragonfly",
                    "solaris",
                    "illumos",
                    "aix",
                    "android",
                    "ios",
                    "js",
                    "plan9",
                    "hurd",
                    "nacl",
                    "zos");
    private static final List<String> ARCHITECTURES =
            List.of(
                    "amd64",
                    "arm64",
                    "arm",
                    "386",
                    "ppc64le",
                    "ppc64",
                    "s390x",
                    "riscv64",
                    "mips64le",
                    "mips64",
                    "mipsle",
                    "mips",
                    "loong64",
                    "wasm",
                    "amd64p32",
                    "armbe",
                    "arm64be",
                    "mips64p32",
                    "mips64p32le",
                    "ppc",
                    "riscv",
                    "s390",
                    "sparc",
                    "sparc64");
    private static final Map<String, String> ALIASES =
            Map.of(
                    "i386", "386",
                    "x86_64", "amd64",
                    "x86-64", "amd64",
                    "aarch64", "arm64",
                    "armhf", "arm",
                    "armel", "arm");

    /// @param fallback what a part that isn't written is
    static PlatformName parse(String text, String fallback) throws WordException {
        if (text.indexOf('*') >= 0) {
            throw invalid(GoText.quote(text) + ": wildcards not yet supported", text);
        }
        String[] parts = text.split("/", 4);
        if (!OS.matcher(parts[0]).matches()) {
            throw component(parts[0], "OS component", text, "OSAndVersion specifier", OS_TEXT);
        }
        for (int i = 1; i < parts.length; i++) {
            if (!COMPONENT.matcher(parts[i]).matches()) {
                throw component(parts[i], "component", text, "platform specifier", COMPONENT_TEXT);
            }
        }
        return switch (parts.length) {
            case 1 -> single(text, fallback);
            case 2 -> of(parts[0], parts[1], "");
            case 3 -> of(parts[0], parts[1], parts[2]);
            default -> throw unknown(text, "cannot parse platform specifier");
        };
    }

    private static WordException component(
            String part, String what, String text, String kind, String pattern) {
        return invalid(
                GoText.quote(part)
                        + " is an invalid "
                        + what
                        + " of "
                        + GoText.quote(text)
                        + ": "
                        + kind
                        + " component must match "
                        + GoText.quote(pattern),
                text);
    }

    private static WordException invalid(String problem, String text) {
        return invalid(problem, "", text);
    }

    private static WordException invalid(String problem, String suggestion, String text) {
        return new WordException(
                problem + ": invalid argument" + suggestion, "write it as in linux/arm64", text);
    }

    private static PlatformName single(String text, String fallback) throws WordException {
        String lower = GoText.lower(text);
        if (SYSTEMS.contains(lower) || lower.equals("macos")) {
            String[] own = fallback.split("/", -1);
            return of(lower, own.length > 1 ? own[1] : "amd64", "");
        }
        if (ARCHITECTURES.contains(lower) || ALIASES.containsKey(lower)) {
            return of(fallback.split("/", -1)[0], lower, "");
        }
        throw unknown(text, "unknown operating system or architecture");
    }

    private static PlatformName of(String os, String architecture, String variant) {
        String system = GoText.lower(os);
        int bracket = system.indexOf('(');
        if (bracket >= 0) {
            system = system.substring(0, bracket);
        }
        String written = GoText.lower(architecture);
        String machine = ALIASES.getOrDefault(written, written);
        return new PlatformName(
                system.equals("macos") ? "darwin" : system,
                machine,
                variant(written, machine, GoText.lower(variant)));
    }

    /// The variant in its one spelling; none if it is the least that the architecture has.
    private static String variant(String written, String machine, String variant) {
        if (written.equals("i386")) {
            return "";
        }
        if (written.equals("armhf") || written.equals("armel")) {
            return written.equals("armhf") ? "v7" : "v6";
        }
        return switch (machine) {
            case "amd64" -> variant.equals("v1") ? "" : variant;
            case "arm64" ->
                    switch (variant) {
                        case "8", "v8", "v8.0" -> "";
                        case "9", "9.0", "v9.0" -> "v9";
                        default -> variant;
                    };
            case "arm" ->
                    switch (variant) {
                        case "", "7" -> "v7";
                        case "5", "6", "8" -> "v" + variant;
                        default -> variant;
                    };
            default -> variant;
        };
    }

    private static WordException unknown(String text, String why) {
        String suggestion =
                Suggestion.suffix(
                        Suggestion.nearest(text, SYSTEMS)
                                .or(() -> Suggestion.nearest(text, ARCHITECTURES)));
        return invalid(GoText.quote(text) + ": " + why, suggestion, text);
    }

    /// As in `linux/arm/v7`.
    String text() {
        return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }
}
