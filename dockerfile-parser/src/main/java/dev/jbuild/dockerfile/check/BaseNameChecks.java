package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.Stage;
import dev.jbuild.dockerfile.WordException;
import java.util.Map;

/// Whether the bases are images when no build argument is given.
final class BaseNameChecks {
    private BaseNameChecks() {}

    static void run(Dockerfile file, Map<String, String> predefined, FindingCollector findings) {
        try {
            GlobalScope defaults = GlobalScope.of(file, predefined, Map.of());
            for (Stage stage : file.stages()) {
                String name = file.expander().expand(stage.base(), defaults.values()).text();
                if (!ImageName.isValid(name)) {
                    findings.report(
                            Rule.INVALID_DEFAULT_ARG_IN_FROM,
                            stage.from(),
                            "Default value for ARG "
                                    + stage.base()
                                    + " results in empty or invalid base image name");
                }
            }
        } catch (GlobalScope.ArgException | WordException e) {
            // The build will fail for it, or an argument will mend it; either way this check is
            // over.
            return;
        }
    }
}
