package dev.jbuild.registry.server.http;

/// Answers requests. Called by a virtual thread per request, so it may block.
public interface Exchange {

    /// Never throws: what goes wrong is a response, too.
    Response respond(Request request) throws InterruptedException;
}
