package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.ErrorCode;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Query;
import dev.jbuild.registry.server.http.Response;
import dev.jbuild.registry.server.storage.ManifestIndex;
import dev.jbuild.registry.server.storage.Page;
import dev.jbuild.registry.server.storage.RepositoryIndex;
import dev.jbuild.registry.server.storage.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Lists of tags and of repositories (distribution-spec 1.1, "Listing Tags", and docker's catalog),
/// in ASCII order.
final class ListEndpoint {
    private static final int SCANNED = 1000;

    private final RepositoryIndex repositories;
    private final ManifestIndex manifests;

    ListEndpoint(RepositoryIndex repositories, ManifestIndex manifests) {
        this.repositories = repositories;
        this.manifests = manifests;
    }

    Response tags(Route.ListTags route, Query query)
            throws DistributionException, StorageException {
        Paging paging = Paging.of(query);
        List<String> found =
                manifests
                        .tags(route.repository(), paging.lookingAhead())
                        .orElseThrow(
                                () ->
                                        new DistributionException(
                                                ErrorCode.NAME_UNKNOWN,
                                                "there is no repository '"
                                                        + route.repository()
                                                        + "' here"));
        List<String> page = paging.entries(found);
        Json body =
                Json.object()
                        .put("name", route.repository().value())
                        .put("tags", Json.strings(page))
                        .build();
        return json(body, link(paging, "/v2/" + route.repository() + "/tags/list", found, page));
    }

    /// Only what who asks may know of.
    Response catalog(Query query, Predicate<RepositoryName> visible)
            throws DistributionException, StorageException {
        Paging paging = Paging.of(query);
        List<String> found = visible(paging.lookingAhead(), visible);
        List<String> page = paging.entries(found);
        Json body = Json.object().put("repositories", Json.strings(page)).build();
        return json(body, link(paging, "/v2/_catalog", found, page));
    }

    private List<String> visible(Page wanted, Predicate<RepositoryName> visible)
            throws StorageException {
        List<String> found = new ArrayList<>();
        // many at once: what may not be seen is passed over quickly
        Page page = new Page(Math.max(SCANNED, wanted.limit()), wanted.after());
        while (true) {
            List<String> names = repositories.repositories(page);
            for (String name : names) {
                if (found.size() < wanted.limit() && visible.test(new RepositoryName(name))) {
                    found.add(name);
                }
            }
            if (found.size() == wanted.limit() || names.size() < page.limit()) {
                return found;
            }
            page = new Page(page.limit(), names.getLast());
        }
    }

    private static Headers link(Paging paging, String path, List<String> found, List<String> page) {
        return paging.link(path, found.size(), page.isEmpty() ? "" : page.getLast(), "");
    }

    private static Response json(Json body, Headers more) {
        return Response.bytes(
                200, Headers.of("Content-Type", "application/json").withAll(more), body.encode());
    }
}
