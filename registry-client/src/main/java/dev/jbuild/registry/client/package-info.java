/// Images from and to registries over the OCI distribution API. [Puller] and [Pusher] move whole
/// images between a registry and a [dev.jbuild.store.BlobStore]; [RegistryClient] makes single
/// requests. Start with [RegistryClient].
package dev.jbuild.registry.client;
