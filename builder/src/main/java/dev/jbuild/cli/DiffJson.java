package dev.jbuild.cli;

import dev.jbuild.builder.compare.ByteDifference;
import dev.jbuild.builder.compare.ComparedImage;
import dev.jbuild.builder.compare.Difference;
import dev.jbuild.builder.compare.FileDifference;
import dev.jbuild.oci.Json;
import dev.jbuild.store.layer.ByteString;
import java.io.PrintStream;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/// Differences for programs: one document, described in docs/user/commands.md. Bytes are base64,
/// layers are counted from 0, ranges end before `to`.
final class DiffJson {
    private DiffJson() {}

    static void print(
            ComparedImage first, ComparedImage second, List<Difference> found, PrintStream out) {
        Json document =
                Json.object()
                        .put("same", found.isEmpty())
                        .put("first", image(first))
                        .put("second", image(second))
                        .put("differences", Json.array(found.stream().map(DiffJson::of).toList()))
                        .build();
        out.writeBytes(document.encodePretty());
        out.println();
    }

    private static Json image(ComparedImage image) {
        return Json.object()
                .put("name", image.name())
                .put("digest", image.digest().toString())
                .build();
    }

    private static Json of(Difference difference) {
        return switch (difference) {
            case Difference.Field field ->
                    kind(field.document())
                            .put("path", field.path())
                            .putIf("first", field.first().map(Json::of))
                            .putIf("second", field.second().map(Json::of))
                            .build();
            case Difference.Spelling spelling ->
                    kind(spelling.document()).put("bytes", of(spelling.bytes())).build();
            case Difference.MissingLayer missing ->
                    layer("missing layer", missing.layer())
                            .putIf("createdBy", missing.createdBy().map(Json::of))
                            .put("onlyIn", side(missing.inFirst()))
                            .put("diffId", missing.diffId().toString())
                            .build();
            case Difference.Compressed layer ->
                    layer("compression", layer.layer())
                            .put("diffId", layer.diffId().toString())
                            .put("first", of(layer.first()))
                            .put("second", of(layer.second()))
                            .build();
            case Difference.Content layer -> of(layer);
        };
    }

    private static Json of(Difference.Content layer) {
        return layer("layer", layer.layer())
                .putIf("createdBy", layer.createdBy().map(Json::of))
                .put("first", layer.first().toString())
                .put("second", layer.second().toString())
                .put("differingFiles", layer.differing())
                .put("files", Json.array(layer.files().stream().map(DiffJson::of).toList()))
                .putIf(
                        "tar",
                        layer.tar()
                                .map(
                                        tar ->
                                                Json.object()
                                                        .put("place", tar.place())
                                                        .put("bytes", of(tar.bytes()))
                                                        .build()))
                .build();
    }

    private static Json of(Difference.Form form) {
        return Json.object()
                .put("digest", form.digest().toString())
                .put("size", form.size())
                .put("encoder", form.encoder())
                .build();
    }

    private static Json of(FileDifference file) {
        return Json.object()
                .put("path", file.path().toString())
                .put("changes", Json.array(file.changes().stream().map(DiffJson::of).toList()))
                .build();
    }

    private static Json of(FileDifference.Change change) {
        return switch (change) {
            case FileDifference.OnlyIn only ->
                    Json.object()
                            .put("what", "existence")
                            .put("onlyIn", side(only.first()))
                            .put("type", only.type())
                            .build();
            case FileDifference.Attribute attribute ->
                    Json.object()
                            .put("what", attribute.name())
                            .put("first", attribute.first())
                            .put("second", attribute.second())
                            .build();
            case FileDifference.Bytes content ->
                    Json.object().put("what", "content").put("bytes", of(content.bytes())).build();
        };
    }

    private static Json of(ByteDifference bytes) {
        return Json.object()
                .put("from", bytes.from())
                .put("to", bytes.to())
                .put("count", bytes.count())
                .put("firstSize", bytes.firstSize())
                .put("secondSize", bytes.secondSize())
                .put("first", base64(bytes.first()))
                .put("second", base64(bytes.second()))
                .build();
    }

    private static String base64(ByteString bytes) {
        return Base64.getEncoder().encodeToString(bytes.bytes());
    }

    private static Json.ObjectWriter kind(Difference.Document document) {
        return Json.object().put("kind", document.name().toLowerCase(Locale.ROOT));
    }

    private static Json.ObjectWriter layer(String kind, int layer) {
        return Json.object().put("kind", kind).put("layer", layer);
    }

    private static String side(boolean first) {
        return first ? "first" : "second";
    }
}
