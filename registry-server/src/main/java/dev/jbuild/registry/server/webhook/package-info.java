/// Tells others what was changed in the registry: events ([CloudEvents]) wait in the index's outbox
/// and are delivered to each receiver ([Webhook]) by a thread of its own ([Delivery]).
package dev.jbuild.registry.server.webhook;
