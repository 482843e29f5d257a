package dev.jbuild.builder.solve;

import dev.jbuild.builder.plan.BaseImage;
import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.DiffId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A root file system as a stack of layers, whether it stands on disk or not.
///
/// @param layers from the bottom up
public record FileSystemState(List<LayerRef> layers) {
    public static final FileSystemState EMPTY = new FileSystemState(List.of());

    public FileSystemState {
        layers = List.copyOf(layers);
    }

    public static FileSystemState of(BaseImage image) {
        List<LayerRef> layers = new ArrayList<>();
        for (int i = 0; i < image.layers().size(); i++) {
            layers.add(new LayerRef.Stored(image.layers().get(i), image.config().diffIds().get(i)));
        }
        return new FileSystemState(layers);
    }

    public FileSystemState plus(LayerRef layer) {
        List<LayerRef> more = new ArrayList<>(layers);
        more.add(layer);
        return new FileSystemState(more);
    }

    public List<DiffId> diffIds() {
        return layers.stream().map(LayerRef::diffId).toList();
    }

    /// Empty if there is no layer.
    public Optional<ChainId> chain() {
        return ChainId.of(diffIds());
    }

    /// The stack without its topmost layer.
    ///
    /// @throws java.util.NoSuchElementException if there is no layer
    FileSystemState below() {
        List<LayerRef> fewer = new ArrayList<>(layers);
        fewer.removeLast();
        return new FileSystemState(fewer);
    }
}
