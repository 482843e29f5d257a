package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.ErrorCode;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Query;
import dev.jbuild.registry.server.storage.Page;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// `n` and `last` of a list, and the `Link` to what follows (distribution-spec 1.1, "Content
/// Discovery").
///
/// @param limit entries on this page
record Paging(int limit, String after) {
    /// The most entries on a page, whatever is asked for.
    static final int MOST = 10_000;

    static Paging of(Query query) throws DistributionException {
        Optional<String> n = query.first("n");
        return new Paging(n.isEmpty() ? MOST : limit(n.get()), query.first("last").orElse(""));
    }

    /// One more than the page has, to know whether something follows.
    Page lookingAhead() {
        return new Page(limit == 0 ? 0 : limit + 1, after);
    }

    <T> List<T> entries(List<T> found) {
        return found.size() > limit ? found.subList(0, limit) : found;
    }

    /// The `Link` header, if there is more than this page.
    ///
    /// @param last the name of the page's last entry
    /// @param more further parameters, `&a=b`, or empty
    Headers link(String path, int found, String last, String more) {
        if (limit == 0 || found <= limit) {
            return Headers.NONE;
        }
        String target =
                path
                        + "?n="
                        + limit
                        + "&last="
                        + URLEncoder.encode(last, StandardCharsets.UTF_8)
                        + more;
        return Headers.of("Link", "<" + target + ">; rel=\"next\"");
    }

    private static int limit(String n) throws DistributionException {
        if (!n.matches("\\d{1,18}")) {
            throw new DistributionException(
                    ErrorCode.PAGINATION_NUMBER_INVALID,
                    "invalid page size n='" + n + "': it is a whole number from 0");
        }
        return (int) Math.min(MOST, Long.parseLong(n));
    }
}
