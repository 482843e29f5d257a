package dev.jbuild.dockerfile.fuzz;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Runs Jazzer on a target, in a JVM of its own: it instruments every class of this module, and
/// ends its JVM.
///
/// @param target has the method that Jazzer calls
/// @param directory for `corpus`, to which inputs that reach new code are added, and `log`, to
///     be read meanwhile
/// @param seeds directories of inputs to start from
record Jazzer(Class<?> target, Path directory, List<Path> seeds) {
    private static final String CLASSES = "dev.jbuild.dockerfile.**";

    /// Detectors of what Dockerfiles can't do; they only make the start slow.
    private static final List<String> DISABLED =
            List.of(
                    "BigDecimal",
                    "ClojureLangHooks",
                    "Deserialization",
                    "ExpressionLanguageInjection",
                    "LdapInjection",
                    "NamingContextLookup",
                    "ScriptEngineInjection",
                    "ServerSideRequestForgery",
                    "SqlInjection",
                    "TemplateInjection",
                    "XPathInjection",
                    "XmlParserSsrfGuidance");

    private static final Pattern EDGES = Pattern.compile("cov: (\\d+)");
    private static final Pattern EXECUTIONS =
            Pattern.compile("stat::number_of_executed_units: (\\d+)");

    /// How it ended.
    ///
    /// @param status 0 unless an input lacks a property
    /// @param log all that Jazzer said, with the stack trace and the input for what it found
    record Outcome(int status, String log) {
        /// How many inputs were tried.
        int executions() {
            return last(EXECUTIONS);
        }

        /// How many edges of the control flow were reached.
        int edges() {
            return last(EDGES);
        }

        private int last(Pattern pattern) {
            Matcher matcher = pattern.matcher(log);
            int found = 0;
            while (matcher.find()) {
                found = Integer.parseInt(matcher.group(1));
            }
            return found;
        }
    }

    /// @param ofJava options of the JVM
    /// @param ofLibFuzzer options such as `-runs=1000`
    Outcome run(List<String> ofJava, List<String> ofLibFuzzer)
            throws IOException, InterruptedException {
        Path corpus = Files.createDirectories(directory.resolve("corpus"));
        Path log = directory.resolve("log");
        List<String> command = new ArrayList<>(java());
        command.addAll(ofJava);
        command.addAll(jazzer());
        command.addAll(ofLibFuzzer);
        command.add(corpus.toString());
        seeds.forEach(s -> command.add(s.toString()));
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            int status = process.waitFor();
            return new Outcome(status, Files.readString(log, StandardCharsets.ISO_8859_1));
        } finally {
            process.destroyForcibly();
        }
    }

    private static List<String> java() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx1g",
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classPath());
    }

    private List<String> jazzer() {
        String disabled =
                DISABLED.stream()
                        .map("com.code_intelligence.jazzer.sanitizers."::concat)
                        .collect(Collectors.joining(","));
        return List.of(
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.getName(),
                "--instrumentation_includes=" + CLASSES,
                "--custom_hook_includes=" + CLASSES,
                "--disabled_hooks=" + disabled,
                "--reproducer_path=" + directory,
                "-artifact_prefix=" + directory + "/",
                "-max_len=4096",
                "-timeout=60",
                "-reload=0",
                "-print_final_stats=1");
    }

    /// The JVM of the tests has it in two properties, and the classes of the tests themselves,
    /// which are a part of the module, in neither.
    private static String classPath() {
        return Stream.of(
                        testClasses().toString(),
                        System.getProperty("jdk.module.path", ""),
                        System.getProperty("java.class.path", ""))
                .filter(p -> !p.isEmpty())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Path testClasses() {
        URL fuzz = Objects.requireNonNull(Jazzer.class.getResource("/fuzz"));
        try {
            return Objects.requireNonNull(Path.of(fuzz.toURI()).getParent());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
