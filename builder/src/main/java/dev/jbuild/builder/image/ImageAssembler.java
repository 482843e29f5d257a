package dev.jbuild.builder.image;

import dev.jbuild.builder.solve.LayerRef;
import dev.jbuild.builder.solve.SolvedStage;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageConfig;
import dev.jbuild.oci.ImageConfigJson;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.store.BlobWriter;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Makes an image of a solved stage: configuration and manifest into the blob store, names into the
/// image store.
public final class ImageAssembler {
    private final Store store;

    public ImageAssembler(Store store) {
        this.store = store;
    }

    /// @param names none is fine: the image can then be had by its digest alone
    public Encoded<ImageManifest> assemble(SolvedStage solved, List<ImageReference> names)
            throws IOException {
        Encoded<ImageConfig> config = ImageConfigJson.encode(config(solved));
        List<Descriptor> layers = new ArrayList<>();
        for (LayerRef layer : solved.files().layers()) {
            layers.add(asOci(layer.descriptor()));
        }
        Encoded<ImageManifest> manifest =
                OciJson.encode(ImageManifest.of(config.descriptor(), layers));
        write(config);
        write(manifest);
        for (ImageReference name : names) {
            store.images().put(name, manifest.descriptor());
        }
        return manifest;
    }

    private static ImageConfig config(SolvedStage solved) {
        return new ImageConfig(
                Optional.of(solved.epoch()),
                solved.stage().author(),
                solved.stage().platform(),
                solved.stage().config(),
                solved.files().diffIds(),
                solved.history());
    }

    /// A layer of a docker image under OCI's name for the same thing, as an OCI manifest has no
    /// other.
    private static Descriptor asOci(Descriptor layer) {
        MediaType type = layer.mediaType();
        if (type.equals(MediaType.DOCKER_LAYER_GZIP)) {
            return new Descriptor(MediaType.OCI_LAYER_GZIP, layer.digest(), layer.size());
        }
        if (type.equals(MediaType.DOCKER_LAYER)) {
            return new Descriptor(MediaType.OCI_LAYER, layer.digest(), layer.size());
        }
        return layer;
    }

    private void write(Encoded<?> document) throws IOException {
        if (store.blobs().size(document.descriptor().digest()).isPresent()) {
            return;
        }
        try (BlobWriter writer = store.blobs().create()) {
            writer.write(ByteBuffer.wrap(document.bytes()));
            writer.commit(document.descriptor().digest());
        }
    }
}
