package dev.jbuild.registry.server.webhook;

import java.util.List;

/// Who is told of changes.
///
/// @param source what the registry calls itself, the CloudEvents attribute `source`
public record Hooks(String source, List<Webhook> webhooks) {
    /// What it is called if nobody says.
    public static final String SOURCE = "/jbuild/registry";

    public static final Hooks NONE = new Hooks(SOURCE, List.of());

    public Hooks {
        webhooks = List.copyOf(webhooks);
    }
}
