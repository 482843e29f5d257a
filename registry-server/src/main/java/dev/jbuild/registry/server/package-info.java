/// The included registry: OCI distribution over HTTP, durable.
package dev.jbuild.registry.server;
