package dev.jbuild.dockerfile;

import java.util.List;
import java.util.Locale;

/// The build arguments that exist without an ARG instruction
/// (https://docs.docker.com/reference/dockerfile/#predefined-args).
public final class PredefinedArgs {
    private static final List<String> PROXY =
            List.of("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy");

    /// In the global scope; a stage sees one after `ARG NAME`.
    public static final List<String> PLATFORM =
            List.of(
                    "BUILDPLATFORM",
                    "BUILDOS",
                    "BUILDOSVERSION",
                    "BUILDARCH",
                    "BUILDVARIANT",
                    "TARGETPLATFORM",
                    "TARGETOS",
                    "TARGETOSVERSION",
                    "TARGETARCH",
                    "TARGETVARIANT",
                    "TARGETSTAGE");

    private PredefinedArgs() {}

    /// Whether RUN sees it without ARG, and neither the history nor the cache key does: the
    /// proxy settings, in upper or lower case.
    public static boolean isProxy(String name) {
        return PROXY.contains(name.toLowerCase(Locale.ROOT));
    }
}
