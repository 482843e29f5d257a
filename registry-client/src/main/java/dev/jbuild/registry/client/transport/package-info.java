/// HTTP to one registry: scheme, authentication, redirects and retries in one place ([Transport]).
/// Knows nothing of images. The only package that knows OkHttp's client.
package dev.jbuild.registry.client.transport;
