package dev.jbuild.overlay;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Starts a class of these tests as a program of its own.
final class OtherProcess {
    private OtherProcess() {}

    static Process start(Class<?> main, String... arguments) throws IOException {
        return start(List.of(), main, arguments);
    }

    /// @param prefix a command that runs another one, such as `unshare ...`
    static Process start(List<String> prefix, Class<?> main, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-cp");
        command.add(classPath());
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    /// A line that the process which started this one reads.
    static void say(String line) throws IOException {
        try (var out = new FileOutputStream(FileDescriptor.out)) {
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    /// All that the modules of this process are made of.
    static String classPath() {
        List<String> places = new ArrayList<>();
        for (String property :
                List.of(
                        "jdk.module.path",
                        "java.class.path",
                        "surefire.test.class.path",
                        "surefire.real.class.path")) {
            places.add(System.getProperty(property, ""));
        }
        places.add(Path.of("target/classes").toAbsolutePath().toString());
        places.add(Path.of("target/test-classes").toAbsolutePath().toString());
        places.removeIf(String::isEmpty);
        return String.join(java.io.File.pathSeparator, places);
    }
}
