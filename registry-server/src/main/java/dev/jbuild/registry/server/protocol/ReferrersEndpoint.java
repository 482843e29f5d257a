package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Query;
import dev.jbuild.registry.server.http.Response;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.ManifestIndex;
import dev.jbuild.registry.server.storage.Page;
import dev.jbuild.registry.server.storage.StorageException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/// What refers to a manifest (distribution-spec 1.1, "Listing Referrers"). An empty list is no
/// error: 404 would tell clients that there is no such endpoint.
final class ReferrersEndpoint {
    /// Descriptors carry annotations, so a page is shorter than one of names.
    static final int LONGEST_PAGE = 1000;

    private final ManifestIndex index;
    private final FallbackReferrers fallback;

    /// @param generation of the index
    ReferrersEndpoint(ManifestIndex index, LongSupplier generation, ContentStore content) {
        this.index = index;
        this.fallback = new FallbackReferrers(index, generation, content);
    }

    Response list(Route.ListReferrers route, Query query)
            throws DistributionException, StorageException {
        Paging asked = Paging.of(query);
        Paging paging = new Paging(Math.min(asked.limit(), LONGEST_PAGE), asked.after());
        Optional<String> type = query.first("artifactType").filter(text -> !text.isEmpty());
        List<Descriptor> found = find(route, type, paging.lookingAhead());
        List<Descriptor> page = paging.entries(found);
        String path = "/v2/" + route.repository() + "/referrers/" + route.subject();
        String last = page.isEmpty() ? "" : page.getLast().digest().toString();
        String more =
                type.map(t -> "&artifactType=" + URLEncoder.encode(t, StandardCharsets.UTF_8))
                        .orElse("");
        Headers headers =
                Headers.of("Content-Type", MediaType.OCI_INDEX.value())
                        .withAll(paging.link(path, found.size(), last, more));
        if (type.isPresent()) {
            headers = headers.with("OCI-Filters-Applied", "artifactType");
        }
        return Response.bytes(200, headers, document(page));
    }

    private List<Descriptor> find(Route.ListReferrers route, Optional<String> type, Page page)
            throws StorageException {
        RepositoryName repository = route.repository();
        Map<String, Descriptor> merged = new TreeMap<>();
        fallback.of(repository, route.subject()).tailMap(page.after(), false).values().stream()
                .filter(e -> type.isEmpty() || type.equals(e.artifactType().map(MediaType::value)))
                .limit(page.limit())
                .forEach(entry -> merged.put(entry.digest().toString(), entry));
        for (Descriptor entry : index.referrers(repository, route.subject(), type, page)) {
            merged.put(entry.digest().toString(), entry);
        }
        return merged.values().stream().limit(page.limit()).toList();
    }

    private static byte[] document(List<Descriptor> entries) {
        List<Json> manifests = new ArrayList<>();
        entries.forEach(entry -> manifests.add(OciJson.toJson(entry)));
        return Json.object()
                .put("schemaVersion", 2)
                .put("mediaType", MediaType.OCI_INDEX.value())
                .put("manifests", Json.array(manifests))
                .build()
                .encode();
    }
}
