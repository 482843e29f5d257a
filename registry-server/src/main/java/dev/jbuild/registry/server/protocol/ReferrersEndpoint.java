package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Query;
import dev.jbuild.registry.server.http.Response;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.ManifestIndex;
import dev.jbuild.registry.server.storage.Page;
import dev.jbuild.registry.server.storage.Reference;
import dev.jbuild.registry.server.storage.StorageException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What refers to a manifest (distribution-spec 1.1, "Listing Referrers"). An empty list is no
/// error: 404 would tell clients that there is no such endpoint.
final class ReferrersEndpoint {
    /// Descriptors carry annotations, so a page is shorter than one of names.
    static final int LONGEST_PAGE = 1000;

    private final ManifestIndex index;
    private final ContentStore content;

    ReferrersEndpoint(ManifestIndex index, ContentStore content) {
        this.index = index;
        this.content = content;
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
        for (Descriptor entry : fallback(repository, route.subject())) {
            if (entry.digest().toString().compareTo(page.after()) > 0
                    && (type.isEmpty() || type.equals(entry.artifactType().map(MediaType::value)))
                    && isThere(repository, entry.digest())) {
                merged.put(entry.digest().toString(), entry);
            }
        }
        for (Descriptor entry : index.referrers(repository, route.subject(), type, page)) {
            merged.put(entry.digest().toString(), entry);
        }
        return merged.values().stream().limit(page.limit()).toList();
    }

    /// What clients wrote, for a registry without this endpoint, into the index that a tag named
    /// after the digest points at ("Referrers Tag Schema"): it must appear here, too.
    private List<Descriptor> fallback(RepositoryName repository, Digest subject)
            throws StorageException {
        Optional<ManifestIndex.Entry> entry =
                index.find(repository, new Reference.ByTag(fallbackTag(subject)));
        if (entry.isEmpty() || !entry.get().mediaType().isIndex()) {
            return List.of();
        }
        byte[] bytes = content.read(entry.get().digest());
        try {
            Encoded<Manifest> read =
                    OciJson.readManifest(bytes, Optional.of(entry.get().mediaType()));
            return read.value() instanceof ImageIndex list ? list.manifests() : List.of();
        } catch (InvalidJsonException e) {
            throw new StorageException("the content of " + entry.get().digest() + " is damaged", e);
        }
    }

    /// The hash is cut at 64 characters, which a sha512 digest exceeds.
    static Tag fallbackTag(Digest subject) {
        return new Tag(subject.algorithm().token() + "-" + subject.hex().substring(0, 64));
    }

    private boolean isThere(RepositoryName repository, Digest digest) throws StorageException {
        return index.find(repository, new Reference.ByDigest(digest)).isPresent();
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
