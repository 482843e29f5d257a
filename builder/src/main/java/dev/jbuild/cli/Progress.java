package dev.jbuild.cli;

import dev.jbuild.builder.event.BuildEvent;
import dev.jbuild.dockerfile.Source;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Shows a build on standard error. Safe for use by several threads.
final class Progress implements Consumer<BuildEvent> {
    /// How much is shown.
    enum Style {
        /// Every line of output as it comes.
        PLAIN,
        /// A line a step; the output only of a step that fails.
        COMPACT,
        /// Nothing but warnings, and the output of a step that fails.
        QUIET
    }

    private static final int KEPT_LINES = 200;

    private final PrintStream err;
    private final Style style;
    private final Map<BuildEvent.StepId, String> texts = new HashMap<>();
    private final Map<BuildEvent.StepId, Deque<String>> output = new HashMap<>();

    private Optional<BuildEvent.Checked> checked = Optional.empty();

    Progress(PrintStream err, Style style) {
        this.err = err;
        this.style = style;
    }

    @Override
    public synchronized void accept(BuildEvent event) {
        switch (event) {
            case BuildEvent.Checked found -> checked = Optional.of(found);
            case BuildEvent.LayerBegun _, BuildEvent.LayerKnown _ -> {}
            case BuildEvent.StepStarted started -> {
                texts.put(started.step(), started.text());
                if (style == Style.PLAIN) {
                    line(started.step(), started.text());
                }
            }
            case BuildEvent.StepCached cached -> show(cached.step(), "CACHED", cached.text());
            case BuildEvent.StepOutput out -> output(out);
            case BuildEvent.StepFinished finished -> {
                output.remove(finished.step());
                show(
                        finished.step(),
                        seconds(finished.took()),
                        texts.getOrDefault(finished.step(), "") + size(finished.layerSize()));
            }
            case BuildEvent.Warning warning ->
                    err.println(
                            Source.printable(
                                    "warning: " + warning.step() + ": " + warning.message()));
        }
    }

    /// The output of the steps that did not finish, which tells why they failed.
    synchronized void tellFailed() {
        if (style == Style.PLAIN) {
            return;
        }
        output.forEach((step, lines) -> lines.forEach(line -> err.println("  " + line)));
    }

    /// What the build checks found, at the end, where it is seen.
    synchronized void tellFindings() {
        checked.ifPresent(
                found ->
                        found.findings()
                                .forEach(
                                        finding ->
                                                err.println(
                                                        CheckText.line(found.source(), finding))));
    }

    private void output(BuildEvent.StepOutput out) {
        if (style == Style.PLAIN) {
            err.println("[" + out.step() + "] | " + out.line());
            return;
        }
        Deque<String> lines = output.computeIfAbsent(out.step(), step -> new ArrayDeque<>());
        lines.addLast(out.line());
        if (lines.size() > KEPT_LINES) {
            lines.removeFirst();
        }
    }

    private void show(BuildEvent.StepId step, String state, String text) {
        if (style != Style.QUIET) {
            line(step, String.format(Locale.ROOT, "%-8s %s", state, text));
        }
    }

    private void line(BuildEvent.StepId step, String text) {
        String first = text.lines().findFirst().orElse("");
        err.println("[" + step + "] " + Source.printable(first));
    }

    private static String seconds(Duration took) {
        return String.format(Locale.ROOT, "%.2fs", took.toNanos() / 1e9);
    }

    private static String size(long bytes) {
        return bytes == 0 ? "" : " (" + Sizes.text(bytes) + ")";
    }
}
