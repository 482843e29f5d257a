package dev.jbuild.store.check;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// One thing that is wrong in a store.
public sealed interface Damage {

    /// What is damaged, as in `blob sha256:…`.
    String where();

    /// What is wrong with it.
    String what();

    /// The images that can't be used because of it.
    default List<NeededBy> images() {
        return List.of();
    }

    /// A blob whose content is not what its digest says.
    record BadBlob(Digest digest, String what, List<NeededBy> images) implements Damage {
        @Override
        public String where() {
            return "blob " + digest;
        }
    }

    /// A part of an image that isn't here.
    ///
    /// @param role what it is for the image, such as `layer`
    /// @param diffId of a layer
    /// @param chain of a layer and those below it
    record MissingBlob(
            Descriptor part,
            String role,
            Optional<DiffId> diffId,
            Optional<ChainId> chain,
            List<NeededBy> images)
            implements Damage {
        @Override
        public String where() {
            return "blob " + part.digest();
        }

        @Override
        public String what() {
            return "the " + role + " is missing";
        }
    }

    /// Parts of an image that are sound each, but don't belong together.
    record Mismatch(Digest digest, String what, List<NeededBy> images) implements Damage {
        @Override
        public String where() {
            return "image " + images.getFirst() + ", blob " + digest;
        }
    }

    /// `index.json`, which holds the names, can't be read.
    record BadIndex(Path file, String what) implements Damage {
        @Override
        public String where() {
            return "names '" + file + "'";
        }
    }

    /// The file that marks an OCI image layout is damaged.
    record BadLayout(Path file, String what) implements Damage {
        @Override
        public String where() {
            return "mark '" + file + "'";
        }
    }

    /// A record of a layer's forms that is damaged, or is not what the blobs say.
    record BadLayerRecord(Path file, Optional<DiffId> diffId, String what) implements Damage {
        @Override
        public String where() {
            return "layer record '" + file + "'";
        }
    }

    /// A file where only others belong.
    record Stray(Path file, String what) implements Damage {
        @Override
        public String where() {
            return "file '" + file + "'";
        }
    }
}
