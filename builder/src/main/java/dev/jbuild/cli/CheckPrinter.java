package dev.jbuild.cli;

import dev.jbuild.dockerfile.check.CheckReport;
import dev.jbuild.dockerfile.check.Outline;
import dev.jbuild.dockerfile.check.Target;
import java.util.List;

/// Prints what `jbuild check` is asked for.
sealed interface CheckPrinter permits CheckJson, CheckText {
    void report(CheckReport report);

    void outline(Outline outline);

    void targets(List<Target> targets);
}
