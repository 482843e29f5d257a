package dev.jbuild.builder.compare;

import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finds which bytes of files differ, reading both layers side by side: once if the files stand in
/// the same order in both, else as often as the order of the second goes backwards.
final class ContentComparison {
    private ContentComparison() {}

    /// A file whose content differs, and where it stands in either layer.
    record Content(EntryPath path, long first, long second) {}

    static Map<EntryPath, ByteDifference> of(
            List<Content> contents, LayerBlob first, LayerBlob second) throws IOException {
        Map<EntryPath, ByteDifference> found = new HashMap<>();
        List<Content> left = new ArrayList<>(contents);
        left.sort(Comparator.comparingLong(Content::first));
        while (!left.isEmpty()) {
            List<Content> run = new ArrayList<>();
            List<Content> rest = new ArrayList<>();
            for (Content content : left) {
                boolean onward = run.isEmpty() || run.getLast().second() < content.second();
                (onward ? run : rest).add(content);
            }
            pass(run, first, second, found);
            left = rest;
        }
        return found;
    }

    private static void pass(
            List<Content> run,
            LayerBlob first,
            LayerBlob second,
            Map<EntryPath, ByteDifference> found)
            throws IOException {
        try (LayerReader a = first.entries();
                LayerReader b = second.entries()) {
            long atA = 0;
            long atB = 0;
            for (Content content : run) {
                atA = moveTo(content.first(), atA, a, content);
                atB = moveTo(content.second(), atB, b, content);
                ByteDifference.between(a.content(), b.content())
                        .ifPresent(bytes -> found.put(content.path(), bytes));
            }
        }
    }

    /// @param at how many entries were read
    private static long moveTo(long position, long at, LayerReader layer, Content content)
            throws IOException {
        for (long i = at; i <= position; i++) {
            if (layer.next().isEmpty()) {
                throw new IOException(
                        "the layer with '" + content.path() + "' changed while it was read");
            }
        }
        return position + 1;
    }
}
