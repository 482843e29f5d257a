package dev.jbuild.builder.compare;

import dev.jbuild.oci.Descriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Compares two images: manifests, configurations, then the layers from the bottom up, each with
/// the one in its place.
///
/// Memory is bounded: no file and no layer is held, and of a layer's entries as many as
/// [LayerComparison] says.
public final class ImageComparison {
    private final ComparedImage first;
    private final ComparedImage second;
    private final LayerComparison layers;

    private ImageComparison(ComparedImage first, ComparedImage second, LayerComparison layers) {
        this.first = first;
        this.second = second;
        this.layers = layers;
    }

    /// @param files how many differing files of a layer are described; the rest is counted
    /// @return empty if the images have the same digest
    /// @throws dev.jbuild.store.layer.InvalidLayerException if a layer that had to be read is
    ///     damaged
    public static List<Difference> of(ComparedImage first, ComparedImage second, int files)
            throws IOException {
        return first.digest().equals(second.digest())
                ? List.of()
                : new ImageComparison(first, second, new LayerComparison(files)).compare();
    }

    private List<Difference> compare() throws IOException {
        List<Difference> found = new ArrayList<>(DocumentComparison.manifests(first, second));
        found.addAll(DocumentComparison.configurations(first, second));
        List<Descriptor> a = first.layers();
        List<Descriptor> b = second.layers();
        int common = Math.min(a.size(), b.size());
        for (int i = 0; i < common; i++) {
            layer(i, a.get(i), b.get(i)).ifPresent(found::add);
        }
        for (int i = common; i < Math.max(a.size(), b.size()); i++) {
            ComparedImage owner = a.size() > b.size() ? first : second;
            found.add(
                    new Difference.MissingLayer(
                            i, a.size() > b.size(), owner.diffId(i), owner.createdBy(i)));
        }
        return found;
    }

    private Optional<Difference> layer(int i, Descriptor a, Descriptor b) throws IOException {
        if (first.diffId(i).equals(second.diffId(i))) {
            return a.digest().equals(b.digest()) && a.size() == b.size()
                    ? Optional.empty()
                    : Optional.of(
                            new Difference.Compressed(
                                    i, first.diffId(i), form(first, i, a), form(second, i, b)));
        }
        LayerComparison.Files files = layers.compare(first.blob(i), second.blob(i));
        Optional<TarDifference> tar =
                files.differing() == 0
                        ? TarComparison.of(first.blob(i), second.blob(i))
                        : Optional.empty();
        return Optional.of(
                new Difference.Content(
                        i,
                        first.createdBy(i).or(() -> second.createdBy(i)),
                        first.diffId(i),
                        second.diffId(i),
                        files.first(),
                        files.differing(),
                        tar));
    }

    private static Difference.Form form(ComparedImage image, int layer, Descriptor blob)
            throws IOException {
        return new Difference.Form(blob.digest(), blob.size(), image.encoder(layer));
    }
}
