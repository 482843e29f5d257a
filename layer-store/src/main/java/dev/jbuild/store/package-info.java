/// The store on disk: an OCI image layout (blobs by digest, images by name) that other tools can
/// read. Start with [BlobStore] and [ImageStore]. Layers as tar are in `dev.jbuild.store.layer`,
/// which this package doesn't use; both together are a `dev.jbuild.store.layout.Store`.
package dev.jbuild.store;
