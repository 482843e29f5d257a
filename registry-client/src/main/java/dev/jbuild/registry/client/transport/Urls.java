package dev.jbuild.registry.client.transport;

import java.util.Set;
import okhttp3.HttpUrl;

/// URLs for people, without what might be secret in them.
public final class Urls {
    private static final Set<String> HARMLESS =
            Set.of(
                    "digest",
                    "mount",
                    "from",
                    "n",
                    "last",
                    "artifactType",
                    "service",
                    "scope",
                    "tag");

    private Urls() {}

    /// The URL without user, password and fragment, and with the values of all parameters that are
    /// not known to be harmless hidden: state and signatures are kept in them.
    public static String redact(HttpUrl url) {
        HttpUrl.Builder builder = url.newBuilder().username("").password("").fragment(null);
        for (String name : url.queryParameterNames()) {
            if (!HARMLESS.contains(name)) {
                builder.setQueryParameter(name, "...");
            }
        }
        return builder.build().toString();
    }
}
