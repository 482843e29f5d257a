package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ErrorCode;
import dev.jbuild.oci.InvalidDigestException;
import dev.jbuild.oci.InvalidReferenceException;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Query;
import dev.jbuild.registry.server.storage.Reference;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Reads method and path (distribution-spec 1.1, "Endpoints"). As names of repositories have
/// slashes and may have parts such as `blobs`, a path is read from its end.
public final class Router {
    private static final String PREFIX = "/v2/";
    private static final int MOST_REMEMBERED = 4096;
    private static final int LONGEST_REMEMBERED = 512;

    /// What paths that were read from mean, for they are read from again and again.
    private static final Map<String, Route> READS = new ConcurrentHashMap<>();

    private Router() {}

    /// @param path as sent, percent-encoded
    /// @throws DistributionException if there is no such endpoint, or a part of the path is invalid
    public static Route route(String method, String path) throws DistributionException {
        if (!method.equals("GET") && !method.equals("HEAD")) {
            return read(method, path);
        }
        Route known = READS.get(path); // none tells GET from HEAD
        if (known != null) {
            return known;
        }
        Route route = read(method, path);
        if (path.length() <= LONGEST_REMEMBERED) {
            if (READS.size() >= MOST_REMEMBERED) {
                READS.clear();
            }
            READS.put(path, route);
        }
        return route;
    }

    private static Route read(String method, String path) throws DistributionException {
        String decoded = decode(path);
        if (decoded.equals("/v2") || decoded.equals(PREFIX)) {
            return only(method, decoded, List.of("GET", "HEAD"), new Route.Ping());
        }
        if (!decoded.startsWith(PREFIX)) {
            throw noSuchEndpoint(decoded);
        }
        String rest = decoded.substring(PREFIX.length());
        if (rest.equals("_catalog")) {
            return only(method, decoded, List.of("GET", "HEAD"), new Route.Catalog());
        }
        if (rest.equals("_oci/ext/discover")) {
            return only(method, decoded, List.of("GET", "HEAD"), new Route.Discover());
        }
        return inRepository(method, decoded, rest);
    }

    private static Route inRepository(String method, String path, String rest)
            throws DistributionException {
        if (rest.endsWith("/tags/list")) {
            RepositoryName name = name(rest, "/tags/list");
            return only(method, path, List.of("GET", "HEAD"), new Route.ListTags(name));
        }
        if (rest.endsWith("/blobs/uploads/") || rest.endsWith("/blobs/uploads")) {
            RepositoryName name = name(rest, rest.substring(rest.lastIndexOf("/blobs/uploads")));
            return only(method, path, List.of("POST"), new Route.StartUpload(name));
        }
        int slash = rest.lastIndexOf('/');
        String last = rest.substring(slash + 1);
        String head = slash < 0 ? "" : rest.substring(0, slash);
        if (head.endsWith("/blobs/uploads")) {
            return upload(method, path, name(head, "/blobs/uploads"), last);
        }
        if (head.endsWith("/blobs")) {
            return blob(method, path, name(head, "/blobs"), last);
        }
        if (head.endsWith("/manifests")) {
            return manifest(method, path, name(head, "/manifests"), last);
        }
        if (head.endsWith("/referrers")) {
            Route route = new Route.ListReferrers(name(head, "/referrers"), digest(last));
            return only(method, path, List.of("GET", "HEAD"), route);
        }
        throw noSuchEndpoint(path);
    }

    private static Route upload(String method, String path, RepositoryName name, String id)
            throws DistributionException {
        return switch (method) {
            case "GET", "HEAD" -> new Route.ReadUpload(name, id);
            case "PATCH" -> new Route.PatchUpload(name, id);
            case "PUT" -> new Route.FinishUpload(name, id);
            case "DELETE" -> new Route.CancelUpload(name, id);
            default -> throw wrongMethod(method, path, "GET, HEAD, PATCH, PUT, DELETE");
        };
    }

    private static Route blob(String method, String path, RepositoryName name, String digest)
            throws DistributionException {
        return switch (method) {
            case "GET", "HEAD" -> new Route.ReadBlob(name, digest(digest));
            case "DELETE" -> new Route.DeleteBlob(name, digest(digest));
            default -> throw wrongMethod(method, path, "GET, HEAD, DELETE");
        };
    }

    private static Route manifest(String method, String path, RepositoryName name, String reference)
            throws DistributionException {
        return switch (method) {
            case "GET", "HEAD" ->
                    new Route.ReadManifest(name, reference(reference, ErrorCode.MANIFEST_UNKNOWN));
            case "PUT" -> new Route.PutManifest(name, reference(reference, ErrorCode.TAG_INVALID));
            case "DELETE" ->
                    new Route.DeleteManifest(
                            name, reference(reference, ErrorCode.MANIFEST_UNKNOWN));
            default -> throw wrongMethod(method, path, "GET, HEAD, PUT, DELETE");
        };
    }

    private static RepositoryName name(String text, String suffix) throws DistributionException {
        try {
            return new RepositoryName(text.substring(0, text.length() - suffix.length()));
        } catch (InvalidReferenceException e) {
            throw new DistributionException(ErrorCode.NAME_INVALID, message(e));
        }
    }

    private static Digest digest(String text) throws DistributionException {
        try {
            return Digest.parse(text);
        } catch (InvalidDigestException e) {
            throw new DistributionException(ErrorCode.DIGEST_INVALID, message(e));
        }
    }

    /// @param noTag the code if it is neither tag nor digest
    private static Reference reference(String text, ErrorCode noTag) throws DistributionException {
        if (text.indexOf(':') >= 0) {
            return new Reference.ByDigest(digest(text));
        }
        try {
            return new Reference.ByTag(new Tag(text));
        } catch (InvalidReferenceException e) {
            throw new DistributionException(noTag, message(e));
        }
    }

    private static Route only(String method, String path, List<String> allowed, Route route)
            throws DistributionException {
        if (!allowed.contains(method)) {
            throw wrongMethod(method, path, String.join(", ", allowed));
        }
        return route;
    }

    private static String decode(String path) throws DistributionException {
        try {
            return Query.decode(path);
        } catch (IllegalArgumentException e) {
            throw new DistributionException(ErrorCode.NAME_INVALID, message(e));
        }
    }

    private static DistributionException noSuchEndpoint(String path) {
        return new DistributionException(
                ErrorCode.NAME_UNKNOWN,
                "no endpoint '"
                        + path
                        + "'; this is an OCI registry, whose endpoints begin with /v2/");
    }

    private static DistributionException wrongMethod(String method, String path, String allowed) {
        return new DistributionException(
                ErrorCode.UNSUPPORTED,
                ErrorCode.UNSUPPORTED.status(),
                "'" + path + "' has no " + method + ", but " + allowed,
                Headers.of("Allow", allowed));
    }

    private static String message(RuntimeException e) {
        return String.valueOf(e.getMessage());
    }
}
