/// Layers: a root file system's changes as tar (OCI image-spec 1.1, layer.md). [TarEntry] is one
/// entry; [LayerSource] is where entries come from and [LayerSink] where they go.
package dev.jbuild.store.layer;
