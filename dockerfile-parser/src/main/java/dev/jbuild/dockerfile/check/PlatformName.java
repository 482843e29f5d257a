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
    private static final Pattern COMPONENT = Pattern.compile("[A-Za-z0-9_.-]+");
    private static final Pattern OS = Pattern.compile("([A-Za-z0-9_.-]+)(?:\\(.*\\))?");
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
                    "wasip1");
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
                    "wasm");
    private static final Map<String, List<String>> ALIASES =
            Map.of(
                    "i386", List.of("386", ""),
                    "x86_64", List.of("amd64", ""),
                    "x86-64", List.of("amd64", ""),
                    "aarch64", List.of("arm64", ""),
                    "armhf", List.of("arm", "v7"),
                    "armel", List.of("arm", "v6"));

    /// @param fallback what a part that isn't written is
    static PlatformName parse(String text, String fallback) throws WordException {
        String[] parts = text.split("/", -1);
        for (int i = 0; i < parts.length; i++) {
            if (!(i == 0 ? OS : COMPONENT).matcher(parts[i]).matches()) {
                throw new WordException(
                        GoText.quote(parts[i])
                                + " is an invalid component of "
                                + GoText.quote(text)
                                + ": platform specifier component must match"
                                + " \"^[A-Za-z0-9_.-]+$\": invalid argument",
                        "write it as in linux/arm64",
                        text);
            }
        }
        return switch (parts.length) {
            case 1 -> single(text, fallback);
            case 2 -> of(parts[0], parts[1], "");
            case 3 -> of(parts[0], parts[1], parts[2]);
            default -> throw unknown(text, "cannot parse platform specifier");
        };
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
        String machine = GoText.lower(architecture);
        String sub = GoText.lower(variant);
        List<String> alias = ALIASES.get(machine);
        if (alias != null) {
            machine = alias.get(0);
            sub = sub.isEmpty() ? alias.get(1) : sub;
        }
        if (machine.equals("arm64") && (sub.equals("8") || sub.equals("v8"))) {
            sub = "";
        }
        if (machine.equals("arm") && (sub.isEmpty() || sub.equals("7"))) {
            sub = "v7";
        }
        return new PlatformName(system.equals("macos") ? "darwin" : system, machine, sub);
    }

    private static WordException unknown(String text, String why) {
        String suggestion =
                Suggestion.suffix(
                        Suggestion.nearest(text, SYSTEMS)
                                .or(() -> Suggestion.nearest(text, ARCHITECTURES)));
        return new WordException(
                GoText.quote(text) + ": " + why + ": invalid argument" + suggestion,
                "write it as in linux/arm64",
                text);
    }

    /// As in `linux/arm/v7`.
    String text() {
        return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }
}
