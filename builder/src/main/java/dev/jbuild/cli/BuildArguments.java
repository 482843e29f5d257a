package dev.jbuild.cli;

import dev.jbuild.builder.plan.PlanRequest;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.layer.LayerEncoding;
import dev.jbuild.store.layer.LayerOptions;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// The options that decide what a Dockerfile means: those of a build and of a check alike.
final class BuildArguments {
    private BuildArguments() {}

    static CommandSpec declare(CommandSpec spec) {
        return spec.addOption(
                        Options.value(
                                "FILE",
                                "the Dockerfile, or - for standard input; else PATH/Dockerfile",
                                "-f",
                                "--file"))
                .addOption(
                        Options.values("NAME=VALUE", "a value for ARG (repeatable)", "--build-arg"))
                .addOption(
                        Options.value(
                                "OS/ARCH",
                                "what the image is for; else this machine",
                                "--platform"));
    }

    /// How layers are written: of a build alone.
    static CommandSpec declareLayers(CommandSpec spec) {
        return spec.addOption(
                        Options.value(
                                "HOW",
                                "of new layers: gzip, zstd or none; gzip:libdeflate, gzip:isal and gzip:jdk use"
                                        + " what the machine has",
                                "--compression"))
                .addOption(
                        Options.number(
                                "N",
                                "1 (fast) to 9 (small), for zstd to 19",
                                "--compression-level"));
    }

    static LayerOptions layers(ParseResult args) throws UsageException {
        try {
            LayerEncoding encoding =
                    LayerEncoding.parse(
                            args.matchedOptionValue("--compression", LayerEncoding.GZIP.label()));
            int level = args.matchedOptionValue("--compression-level", encoding.defaultLevel());
            return LayerOptions.of(encoding).withLevel(level);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    /// The file named with `-f`.
    static Optional<Path> file(ParseResult args) {
        return Optional.ofNullable(args.matchedOptionValue("--file", (String) null)).map(Path::of);
    }

    static PlanRequest plan(ParseResult args, Map<String, String> labels, Console console)
            throws UsageException {
        return new PlanRequest(
                Optional.ofNullable(args.matchedOptionValue("--target", (String) null)),
                assignments(Options.values(args, "--build-arg"), "--build-arg", console),
                labels,
                platform(args));
    }

    /// What `--platform` says; this machine if it says nothing.
    static Platform platform(ParseResult args) throws UsageException {
        String text = args.matchedOptionValue("--platform", "");
        try {
            return text.isEmpty() ? Platform.host() : Platform.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--platform: " + e.getMessage());
        }
    }

    /// `NAME=VALUE`, or `NAME` for the value of the environment, as docker has it.
    static Map<String, String> assignments(List<String> words, String option, Console console)
            throws UsageException {
        Map<String, String> assignments = new LinkedHashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals == 0 || word.isEmpty()) {
                throw new UsageException(
                        option
                                + " "
                                + word
                                + ": the name is missing, as in "
                                + option
                                + " NAME=VALUE");
            }
            if (equals > 0) {
                assignments.put(word.substring(0, equals), word.substring(equals + 1));
            } else {
                console.variable(word).ifPresent(value -> assignments.put(word, value));
            }
        }
        return assignments;
    }
}
