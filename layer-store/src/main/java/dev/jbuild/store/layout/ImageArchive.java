package dev.jbuild.store.layout;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.NamedImage;
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
/// @param platform which image of an index goes into a docker archive, which holds one alone
public record ImageArchive(Store store, Platform platform) {

    public ImageArchive(Store store) {
        this(store, Platform.host());
    }

    /// A kind of archive.
    public enum Format {
        /// An OCI image layout: all blobs as they are, so that digests stay.
        OCI,
        /// A docker archive: uncompressed layers, and no manifest, so that only the image's id
        /// stays.
        DOCKER
    }

    /// Saves images to a file, which is replaced once all is written and on disk. What is no file,
    /// such as a pipe, is written to as it is.
    ///
    /// @throws java.nio.file.NoSuchFileException if there is no image of one of the names, or a
    ///     blob is missing
    /// @throws dev.jbuild.store.DigestMismatchException if a blob is damaged
    public void save(List<ImageReference> names, Format format, Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new FileAlreadyExistsException(
                    file.toString(), null, "a directory; name the file to write");
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
        switch (format) {
            case OCI -> new OciArchiveWriter(store, buffered).write(names);
            case DOCKER -> new DockerArchiveWriter(store, platform, buffered).write(names);
        }
        buffered.flush();
    }

    /// Loads all images of an OCI layout or a docker archive under the names they have there.
    ///
    /// @param source a tar, plain or compressed, or a directory
    /// @throws InvalidArchiveException if it is neither, incomplete, or an image has no name
    /// @throws dev.jbuild.store.DigestMismatchException if content is not what its digest says; no
    ///     name is given then
    public List<NamedImage> load(Path source) throws IOException {
        return load(source, Optional.empty());
    }

    /// As [#load(Path)], but the one image in it gets the name given here.
    public List<NamedImage> load(Path source, Optional<ImageReference> name) throws IOException {
        if (Files.isDirectory(source)) {
            return new OciLayoutReader(store, name)
                    .register(new DirectoryContents(store, source), source.toString());
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
        try (TarContents contents = TarContents.read(store, in, source)) {
            if (contents.find("oci-layout").isPresent()) {
                return new OciLayoutReader(store, name).register(contents, source);
            }
            if (contents.find("manifest.json").isPresent()) {
                return new DockerArchiveReader(store, name).register(contents, source);
            }
        }
        throw new InvalidArchiveException(
                source
                        + ": not an image archive: it has neither 'oci-layout' nor 'manifest.json';"
                        + " a root file system is taken in with jbuild import");
    }
}
