package dev.jbuild.builder.compare;

import dev.jbuild.builder.compare.Difference.Document;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Compares the manifests and the configurations, all but what follows from a difference elsewhere:
/// digests and sizes in the manifest, diffIDs in the configuration.
final class DocumentComparison {
    private DocumentComparison() {}

    static List<Difference> manifests(ComparedImage first, ComparedImage second)
            throws InvalidJsonException {
        byte[] a = first.image().manifest().bytes();
        byte[] b = second.image().manifest().bytes();
        Json jsonA = Json.parse(a);
        Json jsonB = Json.parse(b);
        if (jsonA.equals(jsonB)) {
            return spelling(Document.MANIFEST, a, b);
        }
        int layers = Math.min(layers(first), layers(second));
        return JsonComparison.of(Document.MANIFEST, own(jsonA, layers), own(jsonB, layers));
    }

    static List<Difference> configurations(ComparedImage first, ComparedImage second)
            throws IOException {
        Descriptor a = first.image().manifest().value().config();
        Descriptor b = second.image().manifest().value().config();
        if (a.digest().equals(b.digest())) {
            return List.of();
        }
        byte[] bytesA = first.store().blobs().read(a);
        byte[] bytesB = second.store().blobs().read(b);
        Json jsonA = Json.parse(bytesA);
        Json jsonB = Json.parse(bytesB);
        return jsonA.equals(jsonB)
                ? spelling(Document.CONFIG, bytesA, bytesB)
                : JsonComparison.of(Document.CONFIG, withoutDiffIds(jsonA), withoutDiffIds(jsonB));
    }

    private static int layers(ComparedImage image) {
        return image.image().manifest().value().layers().size();
    }

    private static List<Difference> spelling(Document document, byte[] first, byte[] second) {
        Optional<ByteDifference> bytes = ByteDifference.between(first, second);
        return bytes.<List<Difference>>map(
                        found -> List.of(new Difference.Spelling(document, found)))
                .orElse(List.of());
    }

    private static Json own(Json manifest, int layers) {
        if (!(manifest instanceof Json.Obj object)) {
            return manifest;
        }
        Map<String, Json> members = new LinkedHashMap<>(object.members());
        members.computeIfPresent("config", (_, config) -> bare(config));
        members.computeIfPresent(
                "layers",
                (_, value) ->
                        value instanceof Json.Arr array
                                ? Json.array(first(array.items(), layers))
                                : value);
        return new Json.Obj(members);
    }

    private static List<Json> first(List<Json> layers, int count) {
        List<Json> bare = new ArrayList<>();
        layers.stream().limit(count).forEach(layer -> bare.add(bare(layer)));
        return bare;
    }

    private static Json bare(Json descriptor) {
        return without(descriptor, Set.of("digest", "size"));
    }

    private static Json withoutDiffIds(Json config) {
        if (!(config instanceof Json.Obj object)) {
            return config;
        }
        Map<String, Json> members = new LinkedHashMap<>(object.members());
        members.computeIfPresent("rootfs", (_, rootfs) -> without(rootfs, Set.of("diff_ids")));
        return new Json.Obj(members);
    }

    private static Json without(Json value, Set<String> names) {
        if (!(value instanceof Json.Obj object)) {
            return value;
        }
        Map<String, Json> members = new LinkedHashMap<>(object.members());
        members.keySet().removeAll(names);
        return new Json.Obj(members);
    }
}
