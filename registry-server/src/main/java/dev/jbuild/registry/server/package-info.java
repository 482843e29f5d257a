/// The included registry: OCI distribution over HTTP, durable. Start with [RegistryServer]; `Main`
/// is the command `serve`. Below: `http` (requests and responses as values), `netty` (the engine),
/// `protocol` (the specification), `storage` (files and index).
package dev.jbuild.registry.server;
