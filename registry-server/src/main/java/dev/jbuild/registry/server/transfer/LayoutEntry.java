package dev.jbuild.registry.server.transfer;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.InvalidReferenceException;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.store.ImageStore;
import java.util.Optional;

/// An entry of a layout's index, and where it goes.
///
/// @param tag empty if it is to have none
record LayoutEntry(RepositoryName repository, Optional<Tag> tag, Descriptor descriptor) {

    /// By the names that [Exporter] gives, or, of other tools' layouts, into one repository, with
    /// what is the tag in their names.
    ///
    /// @param number from 1 on, for messages
    static LayoutEntry of(int number, Descriptor descriptor, Optional<RepositoryName> into)
            throws TransferException {
        String where = "entry " + number + " of '" + Layouts.INDEX + "'";
        if (!descriptor.mediaType().isIndex() && !descriptor.mediaType().isImageManifest()) {
            throw new TransferException(
                    where
                            + " is a '"
                            + descriptor.mediaType()
                            + "', neither an image nor an index of images");
        }
        Optional<String> name =
                Optional.ofNullable(descriptor.annotations().get(ImageStore.REF_NAME));
        Optional<String> repository =
                Optional.ofNullable(descriptor.annotations().get(Layouts.REPOSITORY));
        try {
            return into.isPresent()
                    ? into(into.get(), name, descriptor)
                    : byName(where, name, repository, descriptor);
        } catch (InvalidReferenceException e) {
            throw new TransferException(where + ": " + e.getMessage(), e);
        }
    }

    private static LayoutEntry into(
            RepositoryName repository, Optional<String> name, Descriptor descriptor) {
        Optional<String> tag = name.map(text -> text.substring(text.lastIndexOf(':') + 1));
        boolean none = tag.isEmpty() || tag.get().contains("/"); // a name without a tag
        return new LayoutEntry(repository, none ? Optional.empty() : tag.map(Tag::new), descriptor);
    }

    private static LayoutEntry byName(
            String where, Optional<String> name, Optional<String> repository, Descriptor descriptor)
            throws TransferException {
        if (name.isEmpty() && repository.isPresent()) {
            return new LayoutEntry(
                    new RepositoryName(repository.get()), Optional.empty(), descriptor);
        }
        int colon = name.map(text -> text.lastIndexOf(':')).orElse(-1);
        if (colon <= 0) {
            throw new TransferException(
                    where
                            + " says no repository"
                            + name.map(text -> " in its name '" + text + "'").orElse("")
                            + "; say --into=REPOSITORY");
        }
        String text = name.orElseThrow();
        return new LayoutEntry(
                new RepositoryName(text.substring(0, colon)),
                Optional.of(new Tag(text.substring(colon + 1))),
                descriptor);
    }
}
