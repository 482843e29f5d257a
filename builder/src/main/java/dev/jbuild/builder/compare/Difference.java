package dev.jbuild.builder.compare;

import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import java.util.List;
import java.util.Optional;

/// One thing in which two images differ. Layers are counted from 0, the bottom one.
public sealed interface Difference {
    /// The JSON documents of an image.
    enum Document {
        MANIFEST,
        CONFIG
    }

    /// A member of a document.
    ///
    /// @param path such as `config.Env.PATH` or `history[2].created_by`
    /// @param first as JSON; empty if the first image has no such member
    record Field(Document document, String path, Optional<String> first, Optional<String> second)
            implements Difference {}

    /// The same values written as different bytes of JSON.
    record Spelling(Document document, ByteDifference bytes) implements Difference {}

    /// One image has more layers than the other.
    record MissingLayer(int layer, boolean inFirst, DiffId diffId, Optional<String> createdBy)
            implements Difference {}

    /// The same tar, stored as different bytes.
    record Compressed(int layer, DiffId diffId, Form first, Form second) implements Difference {}

    /// How a layer is stored.
    ///
    /// @param encoder with version and level, if they are known
    record Form(Digest digest, long size, String encoder) {}

    /// Layers with different tars.
    ///
    /// @param files the first ones that differ, in order of their paths
    /// @param differing how many differ in all
    /// @param tar where the tars differ; given if no file does
    record Content(
            int layer,
            Optional<String> createdBy,
            DiffId first,
            DiffId second,
            List<FileDifference> files,
            long differing,
            Optional<TarDifference> tar)
            implements Difference {
        public Content {
            files = List.copyOf(files);
        }
    }
}
