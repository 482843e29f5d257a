package dev.jbuild.builder.plan;

import dev.jbuild.oci.Platform;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// The arguments that exist without being declared.
final class PlatformArgs {
    /// Seen by every RUN when given; in neither history nor cache key.
    static final Set<String> PROXY =
            Set.of(
                    "HTTP_PROXY",
                    "http_proxy",
                    "HTTPS_PROXY",
                    "https_proxy",
                    "FTP_PROXY",
                    "ftp_proxy",
                    "NO_PROXY",
                    "no_proxy",
                    "ALL_PROXY",
                    "all_proxy");

    private PlatformArgs() {}

    /// TARGETPLATFORM and the rest: visible in FROM, and in a stage once declared there.
    static Map<String, String> of(Platform target, String targetStage) {
        Map<String, String> args = new LinkedHashMap<>();
        put(args, "BUILD", Platform.host());
        put(args, "TARGET", target);
        args.put("TARGETSTAGE", targetStage);
        return args;
    }

    private static void put(Map<String, String> args, String prefix, Platform platform) {
        args.put(prefix + "PLATFORM", platform.toString());
        args.put(prefix + "OS", platform.os());
        args.put(prefix + "OSVERSION", "");
        args.put(prefix + "ARCH", platform.architecture());
        args.put(prefix + "VARIANT", platform.variant().orElse(""));
    }
}
