package dev.jbuild.store.layout;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.StagedBlobs;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/// Images as files for other tools: OCI image layouts (image-spec 1.1, image-layout.md), as a tar
/// or a directory, and docker archives (`docker save`).
///
/// @param store where images are saved from and loaded into
/// @param platform which image of an index is saved; without it, an OCI layout gets the whole
///     index, a docker archive the image for this machine
public record ImageArchive(Store store, Optional<Platform> platform) {

    public ImageArchive(Store store) {
        this(store, Optional.empty());
    }

    public ImageArchive(Store store, Platform platform) {
        this(store, Optional.of(platform));
    }

    /// A kind of archive. In each, all blobs are as they are in the store, so that digests stay.
    public enum Format {
        /// An OCI image layout.
        OCI,
        /// An OCI image layout and, beside it, the `manifest.json` that docker reads.
        DOCKER
    }

    /// Saves images to a file, which is replaced once all is written and on disk. What is no file,
    /// such as a pipe, is written to as it is.
    ///
    /// @throws java.nio.file.NoSuchFileException if there is no image of one of the names, or a
    ///     part of one is not here
    /// @throws dev.jbuild.store.DigestMismatchException if a blob is damaged
    public void save(List<ImageReference> names, Format format, Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new FileAlreadyExistsException(
                    file.toString(),
                    null,
                    "a directory; name the file to write, or save an OCI layout as a directory"
                            + " (--format oci-dir)");
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
                save(names, format, out);
            }
            return;
        }
        Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        try (PartialFile partial = PartialFile.of(target)) {
            save(names, format, Channels.newOutputStream(partial.channel()));
            partial.complete();
        }
    }

    /// Saves images to a stream, which is not closed.
    public void save(List<ImageReference> names, Format format, OutputStream out)
            throws IOException {
        BufferedOutputStream buffered = new BufferedOutputStream(out, 1 << 16);
        ArchiveSink tar = new ArchiveTar(buffered);
        switch (format) {
            case OCI -> new OciLayoutWriter(store, platform, tar).write(names);
            case DOCKER ->
                    new DockerArchiveWriter(store, platform.orElseGet(Platform::host), tar)
                            .write(names);
        }
        buffered.flush();
    }

    /// Saves images as an OCI image layout in a directory, which is made, or to the layout that is
    /// there: what other images it has stay, and those of the same names are replaced.
    ///
    /// @throws FileAlreadyExistsException if the directory holds something else
    /// @throws java.nio.file.NoSuchFileException as for a file
    /// @throws dev.jbuild.store.DigestMismatchException if a blob is damaged
    public void saveDirectory(List<ImageReference> names, Path directory) throws IOException {
        // before anything is made there
        SavedImages all = new SavedImages(store);
        for (ImageReference name : names) {
            all.add(name, platform);
        }
        try (LayoutDirectory layout = LayoutDirectory.open(directory)) {
            new OciLayoutWriter(store, platform, layout).write(names);
        }
    }

    /// Loads all images of an OCI layout or a docker archive under the names they have there.
    ///
    /// @param source a tar, plain or compressed, or a directory
    /// @throws InvalidArchiveException if it is neither, incomplete, damaged, or an image has no
    ///     name; the store is as it was then
    public List<NamedImage> load(Path source) throws IOException {
        return load(source, Optional.empty());
    }

    /// As [#load(Path)], but the one image in it gets the name given here.
    public List<NamedImage> load(Path source, Optional<ImageReference> name) throws IOException {
        if (Files.isDirectory(source)) {
            try (StagedBlobs blobs = new StagedBlobs(store.blobs())) {
                return new OciLayoutReader(store, blobs, name)
                        .register(new DirectoryContents(blobs, source), source.toString());
            }
        }
        try (InputStream in = Files.newInputStream(source)) {
            return load(in, source.toString(), name);
        }
    }

    /// Loads from a stream.
    ///
    /// @param source what the stream is, for messages
    public List<NamedImage> load(InputStream in, String source, Optional<ImageReference> name)
            throws IOException {
        try (StagedBlobs blobs = new StagedBlobs(store.blobs());
                TarContents contents = TarContents.read(store.temp(), blobs, in, source)) {
            if (contents.find("oci-layout").isPresent()) {
                return new OciLayoutReader(store, blobs, name).register(contents, source);
            }
            if (contents.find("manifest.json").isPresent()) {
                return new DockerArchiveReader(store, blobs, name).register(contents, source);
            }
        }
        throw new InvalidArchiveException(
                source
                        + ": not an image archive: it has neither 'oci-layout' nor 'manifest.json';"
                        + " a root file system is taken in with jbuild import");
    }
}
