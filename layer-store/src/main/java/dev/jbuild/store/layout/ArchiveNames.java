package dev.jbuild.store.layout;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.InvalidReferenceException;
import dev.jbuild.oci.Tag;
import dev.jbuild.store.ImageStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The names that the images of an OCI layout get: those in its annotations, or the one that the
/// user chose. A chosen name without a tag stands for several images if the layout has a tag for
/// each, as skopeo and umoci write it.
record ArchiveNames(Optional<ImageReference> chosen, List<Descriptor> roots) {
    ArchiveNames {
        roots = List.copyOf(roots);
    }

    ImageReference of(Descriptor root) throws InvalidArchiveException {
        if (chosen.isEmpty()) {
            return own(root).orElseThrow(() -> nameless(root));
        }
        if (roots.stream().map(Descriptor::digest).distinct().count() == 1) {
            return chosen.get();
        }
        Optional<Tag> tag = annotation(root, ImageStore.REF_NAME).flatMap(ArchiveNames::tag);
        if (!chosen.get().tag().equals(Optional.of(Tag.LATEST)) || tag.isEmpty()) {
            throw new InvalidArchiveException(
                    "it has "
                            + roots.size()
                            + " images, so one name can't be given; load it without one, or give one"
                            + " without a tag if each image in it has a tag");
        }
        return chosen.get().withTag(tag.get());
    }

    private static Optional<ImageReference> own(Descriptor root) {
        return annotation(root, ImageStore.CONTAINERD_NAME)
                .or(() -> annotation(root, ImageStore.REF_NAME))
                .map(ImageReference::parse);
    }

    private static InvalidArchiveException nameless(Descriptor root) {
        return new InvalidArchiveException(
                "image " + root.digest() + " has no name in it; give one when loading (-t NAME)");
    }

    private static Optional<String> annotation(Descriptor root, String key) {
        Map<String, String> annotations = root.annotations();
        return Optional.ofNullable(annotations.get(key));
    }

    private static Optional<Tag> tag(String text) {
        try {
            return Optional.of(new Tag(text));
        } catch (InvalidReferenceException e) {
            return Optional.empty();
        }
    }
}
