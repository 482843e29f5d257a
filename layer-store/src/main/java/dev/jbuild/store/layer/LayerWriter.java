package dev.jbuild.store.layer;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.BlobWriter;
import dev.jbuild.store.GrowingBlob;
import dev.jbuild.store.TempSpace;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;

/// Writes a layer into a blob store in one pass: diffID, compression, digest and size together.
/// Parent directories that are not given are not made up. Used by one thread; closed without a
/// commit, it leaves nothing behind.
public final class LayerWriter implements LayerSink, AutoCloseable {
    private final LayerOptions options;
    private final BlobWriter blob;
    private final LayerEncoder encoder;
    private final BlockPipeline pipeline;
    private final TarWriter tar;
    private Optional<DiffId> diffId = Optional.empty();

    private LayerWriter(
            LayerOptions options, BlobWriter blob, LayerEncoder encoder, BlockPipeline pipeline) {
        this.options = options;
        this.blob = blob;
        this.encoder = encoder;
        this.pipeline = pipeline;
        this.tar = new TarWriter(pipeline);
    }

    /// Begins a layer.
    public static LayerWriter open(BlobStore blobs, LayerOptions options) throws IOException {
        return open(blobs, options, Optional.empty());
    }

    /// Begins a layer.
    ///
    /// @param temp where the tar may wait to be compressed, so that [#end] comes soon; without it
    ///     the tar is taken as fast as it is compressed
    public static LayerWriter open(BlobStore blobs, LayerOptions options, Optional<TempSpace> temp)
            throws IOException {
        LayerEncoder encoder = LayerEncoder.of(options);
        BlobWriter blob = blobs.create();
        return new LayerWriter(options, blob, encoder, new BlockPipeline(blob, encoder, temp));
    }

    /// Begins a layer that is compressed by given threads.
    static LayerWriter open(
            BlobStore blobs,
            LayerOptions options,
            Optional<TempSpace> temp,
            ExecutorService compressors,
            int parallel)
            throws IOException {
        BlobWriter blob = blobs.create();
        LayerEncoder encoder = LayerEncoder.of(options);
        return new LayerWriter(
                options,
                blob,
                encoder,
                new BlockPipeline(blob, encoder, temp, compressors, parallel));
    }

    @Override
    public Optional<Instant> clamp() {
        return options.clamp();
    }

    /// @throws InvalidLayerException if a component of the path begins with `.wh.`, which would
    ///     mean a deletion
    @Override
    public void add(TarEntry.RegularFile file, InputStream content) throws IOException {
        tar.add(clamped(file), content);
    }

    /// @param told by another thread takes it, at the latest when [#end] returns
    @Override
    public void add(TarEntry.RegularFile file, InputStream content, Consumer<Digest> told)
            throws IOException {
        tar.begin(clamped(file));
        pipeline.hashNext(file.size(), told);
        tar.content(file, content);
    }

    private TarEntry.RegularFile clamped(TarEntry.RegularFile file) throws InvalidLayerException {
        requireNoWhiteout(file.path());
        return new TarEntry.RegularFile(file.path(), clamp(file.metadata()), file.size());
    }

    /// @throws InvalidLayerException if a component of the path begins with `.wh.`, which would
    ///     mean a deletion
    @Override
    public void add(TarEntry entry) throws IOException {
        requireNoWhiteout(entry.path());
        tar.add(clamped(entry));
    }

    @Override
    public void whiteout(EntryPath path) throws IOException {
        requireNoWhiteout(path);
        tar.whiteout(path);
    }

    @Override
    public void opaque(EntryPath directory) throws IOException {
        requireNoWhiteout(directory);
        tar.opaque(directory);
    }

    /// Ends the tar, unless it is ended; its blob may take longer. Only [#commit], by any thread,
    /// and [#close] may follow.
    public DiffId end() throws IOException {
        if (diffId.isPresent()) {
            return diffId.get();
        }
        tar.finish();
        DiffId ended = pipeline.end();
        diffId = Optional.of(ended);
        return ended;
    }

    /// The compressed layer as it comes, for another thread; the caller closes it. To be called
    /// before [#commit].
    public GrowingBlob follow() throws IOException {
        return blob.follow();
    }

    /// Bytes of the tar, once it is ended.
    public long tarSize() {
        return pipeline.size();
    }

    /// Ends the layer and makes its blob permanent. Only [#close] may follow.
    public Layer commit() throws IOException {
        DiffId ended = end();
        pipeline.finish();
        long compressedSize = blob.size();
        Digest digest = blob.commit();
        return new Layer(
                new Descriptor(options.compression().mediaType(), digest, compressedSize),
                ended,
                pipeline.size(),
                encoder.description());
    }

    @Override
    public void close() throws IOException {
        try {
            pipeline.close();
        } finally {
            blob.close();
        }
    }

    private static void requireNoWhiteout(EntryPath path) throws InvalidLayerException {
        String name = path.latin1();
        if (name.startsWith(Whiteouts.PREFIX) || name.contains("/" + Whiteouts.PREFIX)) {
            throw new InvalidLayerException(
                    "'"
                            + path
                            + "' can't be in an image: in a layer, a name that begins with '.wh.'"
                            + " deletes another; rename it");
        }
    }

    private TarEntry clamped(TarEntry entry) {
        Metadata metadata = clamp(entry.metadata());
        return switch (entry) {
            case TarEntry.RegularFile file ->
                    new TarEntry.RegularFile(file.path(), metadata, file.size());
            case TarEntry.Directory directory -> new TarEntry.Directory(directory.path(), metadata);
            case TarEntry.Symlink link ->
                    new TarEntry.Symlink(link.path(), metadata, link.target());
            case TarEntry.HardLink link ->
                    new TarEntry.HardLink(link.path(), metadata, link.target());
            case TarEntry.Device device ->
                    new TarEntry.Device(
                            device.path(),
                            metadata,
                            device.character(),
                            device.major(),
                            device.minor());
            case TarEntry.Fifo fifo -> new TarEntry.Fifo(fifo.path(), metadata);
        };
    }

    private Metadata clamp(Metadata metadata) {
        Instant latest = options.clamp().orElse(Instant.MAX);
        return metadata.mtime().isAfter(latest) ? metadata.withMtime(latest) : metadata;
    }
}
