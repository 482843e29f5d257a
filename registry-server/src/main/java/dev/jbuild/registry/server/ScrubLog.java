package dev.jbuild.registry.server;

import dev.jbuild.registry.server.operation.Figures;
import dev.jbuild.registry.server.upkeep.ScrubReport;
import dev.jbuild.registry.server.upkeep.ScrubSchedule;
import dev.jbuild.registry.server.upkeep.Scrubber.Finding;
import java.util.function.Consumer;

/// Tells figures and log of scrubs that nobody asked for.
///
/// @param lines takes a line for each finding and each round
record ScrubLog(Figures figures, Consumer<String> lines) implements ScrubSchedule.Listener {
    @Override
    public void found(Finding finding) {
        figures.scrubFound(
                switch (finding) {
                    case Finding.Damaged _ -> "damaged";
                    case Finding.Missing _ -> "missing";
                    case Finding.StillMissing _ -> "still_missing";
                    case Finding.Repaired _ -> "repaired";
                    case Finding.NotRepaired _ -> "not_repaired";
                    case Finding.Stray _ -> "stray";
                });
        lines.accept("scrub: " + ScrubReport.line(finding));
    }

    @Override
    public void read(long bytes) {
        figures.scrubbed(bytes);
    }

    @Override
    public void ended(String summary, long wrong) {
        figures.scrubEnded(wrong);
        lines.accept("scrub: " + summary);
    }
}
