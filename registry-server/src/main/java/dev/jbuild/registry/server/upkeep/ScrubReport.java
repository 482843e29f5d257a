package dev.jbuild.registry.server.upkeep;

import dev.jbuild.registry.server.upkeep.Scrubber.Finding;
import java.util.function.Consumer;

/// Tells what a scrub finds, a line each, and adds up.
public final class ScrubReport implements Scrubber.Watcher {
    private final Consumer<String> out;
    private long wrong;
    private long repaired;

    /// @param out takes lines for people
    public ScrubReport(Consumer<String> out) {
        this.out = out;
    }

    @Override
    public void found(Finding finding) {
        switch (finding) {
            case Finding.Damaged _, Finding.Missing _, Finding.StillMissing _ -> wrong++;
            case Finding.Repaired _ -> repaired++;
            case Finding.NotRepaired _, Finding.Stray _ -> {}
        }
        out.accept(line(finding));
    }

    /// What is damaged or missing, and not repaired.
    public long wrong() {
        return wrong - repaired;
    }

    public String summary(Scrubber.Scrubbed scrubbed) {
        return scrubbed.files()
                + " files read ("
                + Sizes.of(scrubbed.bytes())
                + "), "
                + wrong
                + " damaged or missing"
                + (repaired == 0 ? "" : ", " + repaired + " of them repaired")
                + (scrubbed.whole() ? "" : "; ended early, for the server ends");
    }

    /// For people.
    public static String line(Finding finding) {
        return switch (finding) {
            case Finding.Damaged damaged ->
                    "damaged: " + damaged.digest() + "; its file was put aside, push it again";
            case Finding.Missing missing -> "missing: " + missing.digest() + "; push it again";
            case Finding.StillMissing missing ->
                    "still missing: " + missing.digest() + "; push it again";
            case Finding.Repaired repaired ->
                    "repaired: " + repaired.digest() + ", from " + repaired.mirror();
            case Finding.NotRepaired not -> "not repaired: " + not.digest() + ": " + not.why();
            case Finding.Stray stray ->
                    "not in the index: " + stray.digest() + "; the next gc removes it";
        };
    }
}
