package dev.jbuild.store.check;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.ImageReference;
import java.util.Optional;

/// An image as `index.json` has it.
///
/// @param name none if another tool wrote it
public record NeededBy(Optional<ImageReference> name, Descriptor root) {
    @Override
    public String toString() {
        return name.map(ImageReference::familiar).orElse(root.digest().toString());
    }
}
