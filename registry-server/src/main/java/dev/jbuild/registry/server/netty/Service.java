package dev.jbuild.registry.server.netty;

import dev.jbuild.registry.server.http.Exchange;
import java.util.function.Consumer;

/// What all connections have in common.
///
/// @param exchange answers
/// @param refusals told of connections that are not let in, or ended for what the client did
/// @param failures told of responses that could not be sent for want of their content
record Service(
        Exchange exchange,
        HttpLimits limits,
        Consumer<Refusal> refusals,
        Consumer<Exception> failures) {}
