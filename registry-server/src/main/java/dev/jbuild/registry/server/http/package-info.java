/// Requests and responses as values, so that the protocol can be tested without a socket and knows
/// no HTTP engine. Start with [Exchange].
package dev.jbuild.registry.server.http;
