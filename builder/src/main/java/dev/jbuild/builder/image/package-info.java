/// Images in the store: base images found or fetched, and the result put together. Start with
/// [ImageAssembler].
package dev.jbuild.builder.image;
