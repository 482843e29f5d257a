package dev.jbuild.builder.plan;

import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.Stage;
import dev.jbuild.dockerfile.text.Suggestion;
import java.util.List;
import java.util.Optional;

/// What to say of a name that is neither a stage nor an image that can be had.
final class StageNames {
    private StageNames() {}

    /// @param before the index of the stage that uses the name
    static String hint(String name, Dockerfile file, int before) {
        List<String> names =
                file.stages().subList(0, before).stream()
                        .flatMap((Stage stage) -> stage.name().stream())
                        .toList();
        if (names.isEmpty()) {
            return "";
        }
        Optional<String> near = Suggestion.nearest(name, names);
        return "no stage before this line has that name either; stages so far: "
                + String.join(", ", names)
                + near.map(n -> ". Did you mean '" + n + "'?").orElse("");
    }
}
