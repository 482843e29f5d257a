package dev.jbuild.cli;

import dev.jbuild.builder.compare.ByteDifference;
import dev.jbuild.builder.compare.ComparedImage;
import dev.jbuild.builder.compare.Difference;
import dev.jbuild.builder.compare.FileDifference;
import dev.jbuild.builder.compare.TarDifference;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.Printable;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Differences for people: a line each, what the first image has left of what the second has.
final class DiffText {
    private static final String NOTHING = "nothing";
    private static final int WIDTH = 100;

    private final PrintStream out;

    private DiffText(PrintStream out) {
        this.out = out;
    }

    static void print(
            ComparedImage first, ComparedImage second, List<Difference> found, PrintStream out) {
        if (found.isEmpty()) {
            out.println("same digest: " + first.digest());
            return;
        }
        out.println("first:  " + first.name() + " " + first.digest());
        out.println("second: " + second.name() + " " + second.digest());
        DiffText text = new DiffText(out);
        found.forEach(text::print);
    }

    private void print(Difference difference) {
        switch (difference) {
            case Difference.Field field ->
                    out.println(
                            name(field.document())
                                    + ": "
                                    + field.path()
                                    + ": "
                                    + either(field.first().orElse(NOTHING), field.second()));
            case Difference.Spelling spelling ->
                    out.println(
                            name(spelling.document())
                                    + ": the same values, written differently: "
                                    + bytes(spelling.bytes()));
            case Difference.MissingLayer missing ->
                    out.println(
                            layer(missing.layer(), missing.createdBy())
                                    + ": only in the "
                                    + side(missing.inFirst())
                                    + ": diffID "
                                    + missing.diffId());
            case Difference.Compressed layer -> print(layer);
            case Difference.Content layer -> print(layer);
        }
    }

    private void print(Difference.Compressed layer) {
        out.println(
                layer(layer.layer(), Optional.empty())
                        + ": the same files (diffID "
                        + layer.diffId()
                        + "), compressed differently:");
        print(layer.first());
        print(layer.second());
    }

    private void print(Difference.Form form) {
        out.println("  " + form.encoder() + ": " + form.digest() + ", " + form.size() + " bytes");
    }

    private void print(Difference.Content layer) {
        out.println(
                layer(layer.layer(), layer.createdBy())
                        + ": diffID "
                        + layer.first()
                        + " / "
                        + layer.second());
        layer.files().forEach(this::print);
        long more = layer.differing() - layer.files().size();
        if (more > 0) {
            out.println("  and " + more + " more files that differ (--all shows them)");
        }
        layer.tar().ifPresent(this::print);
    }

    private void print(FileDifference file) {
        for (FileDifference.Change change : file.changes()) {
            String path = file.path().isRoot() ? "/" : Printable.of(file.path().bytes());
            out.println("  " + path + ": " + text(change));
        }
    }

    private static String text(FileDifference.Change change) {
        return switch (change) {
            case FileDifference.OnlyIn only ->
                    "only in the " + side(only.first()) + ": a " + only.type();
            case FileDifference.Attribute attribute ->
                    attribute.name()
                            + ": "
                            + either(attribute.first(), Optional.of(attribute.second()));
            case FileDifference.Bytes content -> "content: " + bytes(content.bytes());
        };
    }

    private void print(TarDifference tar) {
        out.println("  the same files, another tar: " + tar.place() + ": " + bytes(tar.bytes()));
    }

    /// The last byte is named as the first one is: inclusively.
    private static String bytes(ByteDifference bytes) {
        long last = bytes.to() - 1;
        String range =
                bytes.from() == last
                        ? "byte " + last + " differs"
                        : "bytes "
                                + bytes.from()
                                + " to "
                                + last
                                + " differ ("
                                + bytes.count()
                                + " of them)";
        String sizes =
                bytes.firstSize() == bytes.secondSize()
                        ? " of " + bytes.firstSize()
                        : ", of " + bytes.firstSize() + " and " + bytes.secondSize();
        return range + sizes + ": " + excerpt(bytes.first()) + " / " + excerpt(bytes.second());
    }

    private static String excerpt(ByteString bytes) {
        return bytes.latin1().isEmpty()
                ? "the end"
                : "\"" + Printable.of(bytes.bytes()).replace("\"", "\\\"") + "\"";
    }

    private static String either(String first, Optional<String> second) {
        return cut(first) + " / " + cut(second.orElse(NOTHING));
    }

    private static String cut(String text) {
        int length = text.codePointCount(0, text.length());
        return length <= WIDTH ? text : text.substring(0, text.offsetByCodePoints(0, WIDTH)) + "…";
    }

    private static String layer(int layer, Optional<String> createdBy) {
        return "layer "
                + (layer + 1)
                + createdBy.map(text -> " (" + cut(text.strip()) + ")").orElse("");
    }

    private static String name(Difference.Document document) {
        return document.name().toLowerCase(Locale.ROOT);
    }

    private static String side(boolean first) {
        return first ? "first" : "second";
    }
}
