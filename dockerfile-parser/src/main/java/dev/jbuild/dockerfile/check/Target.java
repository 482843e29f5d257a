package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.SourceRange;
import dev.jbuild.dockerfile.Stage;
import java.util.List;
import java.util.Optional;

/// A stage that can be asked for with `--target`.
///
/// @param isDefault whether it is built if none is asked for
/// @param base as written in FROM
public record Target(
        Optional<String> name,
        Optional<String> description,
        boolean isDefault,
        String base,
        Optional<String> platform,
        SourceRange range) {

    /// The stages of a file, in order.
    public static List<Target> of(Dockerfile file) {
        Stage last = file.defaultTarget();
        return file.stages().stream()
                .map(
                        s ->
                                new Target(
                                        s.name(),
                                        s.description(),
                                        s.index() == last.index(),
                                        s.base(),
                                        s.platform(),
                                        s.range()))
                .toList();
    }
}
