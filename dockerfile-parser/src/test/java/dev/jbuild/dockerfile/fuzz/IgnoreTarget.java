package dev.jbuild.dockerfile.fuzz;

import dev.jbuild.dockerfile.DockerIgnore;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.dockerfile.text.GoPath;
import dev.jbuild.dockerfile.text.LosslessUtf8;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/// An ignore file and the paths it decides about: some that are always there, and the first
/// line, taken for a path.
public final class IgnoreTarget {
    private static final List<String> PATHS = List.of("a", "a/b/c.md", "keep/x/é", "README.md");

    private IgnoreTarget() {}

    /// Called by the fuzzer.
    public static void fuzzerTestOneInput(byte[] bytes) {
        Property.endsSoon(() -> read(bytes));
    }

    private static void read(byte[] bytes) {
        try {
            DockerIgnore ignore = DockerIgnore.read(new ByteArrayInputStream(bytes));
            DockerIgnore again = DockerIgnore.of(ignore.patterns());
            for (String path : PATHS) {
                decides(ignore, again, path);
            }
            String text = LosslessUtf8.decode(bytes, 0, bytes.length);
            String path = GoPath.clean(text.lines().findFirst().orElse(""));
            if (!path.startsWith("/") && !path.startsWith(".")) {
                decides(ignore, again, path);
            }
        } catch (WordException e) {
            Property.holds(!e.problem().isEmpty(), "an error says what is wrong");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void decides(DockerIgnore ignore, DockerIgnore again, String path) {
        boolean excluded = ignore.excludes(path);
        Property.holds(excluded == again.excludes(path), "the patterns say the same as their file");
        if (ignore.mayPrune(path)) {
            Property.holds(excluded, "what is passed over stays out");
            for (String below : PATHS) {
                Property.holds(
                        ignore.excludes(path + "/" + below),
                        "what is below what is passed over stays out");
            }
        }
    }
}
