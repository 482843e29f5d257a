package dev.jbuild.registry.server.http;

import java.util.Optional;

/// Answers requests. Called by a virtual thread per request, so it may block.
public interface Exchange {

    /// The answer to a request without a body if nothing has to be waited for, neither disk nor
    /// database; otherwise empty, and [#respond] is to be asked. May be called by an event loop.
    default Optional<Response> immediately(Request request) throws InterruptedException {
        return Optional.empty();
    }

    /// Never throws: what goes wrong is a response, too.
    Response respond(Request request) throws InterruptedException;
}
