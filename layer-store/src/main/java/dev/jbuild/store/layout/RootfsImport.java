package dev.jbuild.store.layout;

import dev.jbuild.oci.ContainerConfig;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.History;
import dev.jbuild.oci.ImageConfig;
import dev.jbuild.oci.ImageConfigJson;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.layer.Decompression;
import dev.jbuild.store.layer.InvalidTarException;
import dev.jbuild.store.layer.Layer;
import dev.jbuild.store.layer.LayerOptions;
import dev.jbuild.store.layer.LayerWriter;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.TarReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/// Makes an image of one layer from the tar of a root file system. The image is a function of the
/// tar's entries and of these options: `created` is the newest mtime in it.
///
/// @param options how the layer is written
/// @param platform what the programs in it run on
/// @param config what a container runs
public record RootfsImport(
        Store store, LayerOptions options, Platform platform, ContainerConfig config) {

    /// With default compression, for this machine, an empty configuration.
    public static RootfsImport into(Store store) {
        return new RootfsImport(
                store, LayerOptions.DEFAULT, Platform.host(), ContainerConfig.EMPTY);
    }

    /// Imports a file, plain or compressed by gzip, zstd, xz or bzip2, and names the image.
    ///
    /// @throws InvalidTarException if the file is no tar, cut off, or not to be trusted; no name is
    ///     given then
    public NamedImage run(Path tar, ImageReference name) throws IOException {
        try (InputStream in = Files.newInputStream(tar)) {
            return run(in, tar.toString(), name);
        }
    }

    /// Imports a stream.
    ///
    /// @param source what the stream is, for messages
    public NamedImage run(InputStream tar, String source, ImageReference name) throws IOException {
        Content content;
        try (InputStream uncompressed = Decompression.openArchive(tar);
                TarReader reader = new TarReader(uncompressed)) {
            content = write(reader);
        } catch (InvalidTarException e) {
            InvalidTarException named = new InvalidTarException(source + ": " + e.getMessage());
            named.initCause(e);
            throw named;
        }
        store.layers().put(content.layer());
        Descriptor manifest = writeImage(content);
        store.images().put(name, manifest);
        return new NamedImage(name, manifest);
    }

    private record Content(Layer layer, Optional<Instant> newest) {}

    private Content write(TarReader reader) throws IOException {
        try (LayerWriter writer = LayerWriter.open(store.blobs(), options)) {
            Optional<Instant> newest = Optional.empty();
            for (Optional<TarEntry> entry = reader.next();
                    entry.isPresent();
                    entry = reader.next()) {
                add(entry.get(), reader, writer);
                Instant mtime = entry.get().metadata().mtime();
                newest = newest.filter(time -> time.isAfter(mtime)).or(() -> Optional.of(mtime));
            }
            if (!reader.hasEndMark()) {
                throw new InvalidTarException(
                        "invalid tar: it ends without the end mark; it was cut off, or is no tar");
            }
            return new Content(writer.commit(), newest);
        }
    }

    /// A name that would be a whiteout is refused by the writer: a root file system deletes
    /// nothing.
    private static void add(TarEntry entry, TarReader reader, LayerWriter writer)
            throws IOException {
        if (entry instanceof TarEntry.RegularFile file) {
            writer.add(file, reader.content());
        } else {
            writer.add(entry);
        }
    }

    private Descriptor writeImage(Content content) throws IOException {
        Optional<Instant> created =
                content.newest()
                        .map(time -> time.truncatedTo(ChronoUnit.SECONDS))
                        .map(time -> options.clamp().filter(time::isAfter).orElse(time));
        History history =
                new History(
                        created,
                        Optional.of("jbuild import"),
                        Optional.empty(),
                        Optional.empty(),
                        false);
        Encoded<ImageConfig> image =
                ImageConfigJson.encode(
                        new ImageConfig(
                                created,
                                Optional.empty(),
                                platform,
                                config,
                                List.of(content.layer().diffId()),
                                List.of(history)));
        store.blobs().write(image.bytes());
        Encoded<ImageManifest> manifest =
                OciJson.encode(
                        ImageManifest.of(
                                image.descriptor(), List.of(content.layer().descriptor())));
        store.blobs().write(manifest.bytes());
        return manifest.descriptor();
    }
}
