package dev.jbuild.store;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.InvalidReferenceException;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Names of images in the `index.json` of an OCI image layout (image-spec 1.1, image-layout.md).
/// The full name stands in the annotations `org.opencontainers.image.ref.name` and
/// `io.containerd.image.name`. What other tools wrote beside is kept. Safe for use by several
/// threads and several processes.
public final class ImageStore {
    public static final String REF_NAME = "org.opencontainers.image.ref.name";
    /// The file in the layout's directory.
    public static final String INDEX = "index.json";

    public static final String CONTAINERD_NAME = "io.containerd.image.name";

    private final DirectoryBlobStore blobs;
    private final Path file;
    private final Path copy;
    private final ImageDocuments documents;

    /// The names in the layout of a blob store.
    public ImageStore(DirectoryBlobStore blobs) {
        this.blobs = blobs;
        this.file = blobs.root().resolve(INDEX);
        this.copy = blobs.root().resolve("index.copy");
        this.documents = new ImageDocuments(blobs);
    }

    /// Finds what a name stands for. One with a digest is found also under any other name, or as
    /// part of an index, as the digest alone says what it is.
    public Optional<Descriptor> find(ImageReference name) throws IOException {
        List<NamedImage> images = list();
        Optional<Descriptor> exact =
                images.stream()
                        .filter(image -> image.name().equals(name))
                        .map(NamedImage::descriptor)
                        .findFirst();
        return exact.isPresent() || name.digest().isEmpty()
                ? exact
                : find(name.digest().get(), images);
    }

    /// The image a name stands for on a platform; empty if there is no such name.
    ///
    /// @throws IOException if a part of it is missing or damaged, or there is none for `platform`
    public Optional<StoredImage> resolve(ImageReference name, Platform platform)
            throws IOException {
        Optional<Descriptor> found = find(name);
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(documents.image(found.get(), platform));
    }

    /// Gives an image a name, which is taken from any other image.
    ///
    /// @throws NoSuchFileException if the manifest, or the config or a layer of an image, isn't in
    ///     the blob store
    public void put(ImageReference name, Descriptor descriptor) throws IOException {
        try (ProcessLock _ = blobs.lock()) {
            putLocked(name, descriptor);
        } catch (IOException e) {
            throw StoreException.explain(blobs.root(), e);
        }
    }

    /// Takes a name away; the blobs stay.
    ///
    /// @return what it stood for, or empty if there was no such name
    public Optional<Descriptor> remove(ImageReference name) throws IOException {
        try (ProcessLock _ = blobs.lock()) {
            Json.Obj index = read();
            List<Json> others = new ArrayList<>();
            Optional<Descriptor> removed = Optional.empty();
            for (Json entry : manifests(index)) {
                Optional<NamedImage> image = named(entry);
                if (image.isPresent() && image.get().name().equals(name)) {
                    removed = Optional.of(image.get().descriptor());
                } else {
                    others.add(entry);
                }
            }
            if (removed.isPresent()) {
                write(index, others);
            }
            return removed;
        } catch (IOException e) {
            throw StoreException.explain(blobs.root(), e);
        }
    }

    /// All names, sorted.
    public List<NamedImage> list() throws IOException {
        List<NamedImage> images = new ArrayList<>();
        for (Json entry : manifests(read())) {
            named(entry).ifPresent(images::add);
        }
        images.sort(Comparator.comparing(image -> image.name().toString()));
        return images;
    }

    /// Every descriptor in `index.json`, with a name or without: what must not be collected.
    public List<Descriptor> roots() throws IOException {
        List<Descriptor> roots = new ArrayList<>();
        for (Json entry : manifests(read())) {
            roots.add(OciJson.readDescriptor(JsonMembers.of("index.json", entry)));
        }
        return roots;
    }

    /// Makes `index.json` anew, after it was damaged or lost: from the copy that each change leaves
    /// beside it; failing that, from the complete images that are here, under the names
    /// `localhost/recovered:DIGEST`.
    ///
    /// @return the names it has then
    public List<NamedImage> restore() throws IOException {
        try (ProcessLock _ = blobs.lock()) {
            if (!restoreCopy()) {
                write((Json.Obj) OciJson.toJson(ImageIndex.of(List.of())), List.of());
                for (NamedImage image : new LostImages(blobs).find()) {
                    putLocked(image.name(), image.descriptor());
                }
            }
        }
        return list();
    }

    /// The lock of the store being held.
    ///
    /// @return false if there is no copy that is undamaged
    public boolean restoreCopy() throws IOException {
        byte[] sealed;
        try {
            sealed = Files.readAllBytes(copy);
        } catch (NoSuchFileException e) {
            return false;
        }
        Optional<byte[]> content = SealedText.open(sealed);
        if (content.isPresent()) {
            DurableFiles.replace(file, blobs.temp().next("index"), content.get());
        }
        return content.isPresent();
    }

    private void putLocked(ImageReference name, Descriptor descriptor) throws IOException {
        requireComplete(descriptor);
        Map<String, String> annotations = new LinkedHashMap<>(descriptor.annotations());
        annotations.put(REF_NAME, name.toString());
        annotations.put(CONTAINERD_NAME, name.toString());
        Json added = OciJson.toJson(descriptor.withAnnotations(annotations));
        Json.Obj index = read();
        List<Json> before = manifests(index);
        List<Json> after = new ArrayList<>();
        for (Json entry : before) {
            if (named(entry).filter(image -> image.name().equals(name)).isEmpty()) {
                after.add(entry);
            }
        }
        blobs.syncNames();
        if (after.size() == before.size() - 1 && before.contains(added)) {
            DurableFiles.syncDirectory(blobs.root()); // whoever wrote it may not have come so far
            return;
        }
        after.add(added);
        write(index, after);
    }

    /// A name never stands for an image that lacks a part. Of an index, any image may be absent.
    private void requireComplete(Descriptor descriptor) throws IOException {
        requireComplete(descriptor, new HashSet<>());
    }

    /// @param seen an index may name another any number of times
    private void requireComplete(Descriptor descriptor, Set<Digest> seen) throws IOException {
        require(descriptor);
        if (!seen.add(descriptor.digest())) {
            return;
        }
        if (!descriptor.mediaType().isImageManifest() && !descriptor.mediaType().isIndex()) {
            return; // an index may list anything
        }
        switch (documents.manifest(descriptor).value()) {
            case ImageManifest manifest -> {
                require(manifest.config());
                for (Descriptor layer : manifest.layers()) {
                    if (!layer.mediaType().isNonDistributable()) {
                        require(layer);
                    }
                }
            }
            case ImageIndex index -> {
                for (Descriptor child : index.manifests()) {
                    if (isThere(child)) {
                        requireComplete(child, seen);
                    }
                }
            }
        }
    }

    /// Without renewing it, for which the lock held here would be taken again: nothing is collected
    /// while it is held, and afterwards the name keeps the blob.
    private boolean isThere(Descriptor part) throws IOException {
        return blobs.lastUsed(part.digest()).isPresent();
    }

    private void require(Descriptor part) throws IOException {
        if (!isThere(part)) {
            throw new NoSuchFileException(
                    part.digest().toString(),
                    null,
                    "no such blob in the store '" + blobs.root() + "', but the image needs it");
        }
    }

    private Optional<Descriptor> find(Digest digest, List<NamedImage> images) throws IOException {
        for (NamedImage image : images) {
            if (image.descriptor().digest().equals(digest)) {
                return Optional.of(image.descriptor());
            }
        }
        for (NamedImage image : images) {
            if (image.descriptor().mediaType().isIndex()) {
                Manifest index = documents.manifest(image.descriptor()).value();
                Optional<Descriptor> child = child(index, digest);
                if (child.isPresent() && blobs.size(digest).isPresent()) {
                    return child;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Descriptor> child(Manifest manifest, Digest digest) {
        return switch (manifest) {
            case ImageIndex index ->
                    index.manifests().stream()
                            .filter(child -> child.digest().equals(digest))
                            .findFirst();
            case ImageManifest _ -> Optional.empty();
        };
    }

    private static Optional<NamedImage> named(Json entry) throws IOException {
        Descriptor descriptor = OciJson.readDescriptor(JsonMembers.of("index.json", entry));
        Map<String, String> annotations = descriptor.annotations();
        String name = annotations.getOrDefault(CONTAINERD_NAME, annotations.get(REF_NAME));
        return fullName(name).map(reference -> new NamedImage(reference, plain(descriptor)));
    }

    /// Other tools write a tag alone, or any text: such an entry has no name here.
    private static Optional<ImageReference> fullName(
            @org.jspecify.annotations.Nullable String text) {
        if (text == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(ImageReference.parse(text))
                    .filter(reference -> reference.toString().equals(text));
        } catch (InvalidReferenceException e) {
            return Optional.empty();
        }
    }

    private static Descriptor plain(Descriptor descriptor) {
        Map<String, String> annotations = new LinkedHashMap<>(descriptor.annotations());
        annotations.remove(REF_NAME);
        annotations.remove(CONTAINERD_NAME);
        return descriptor.withAnnotations(annotations);
    }

    private Json.Obj read() throws IOException {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return (Json.Obj) OciJson.toJson(ImageIndex.of(List.of()));
        }
        try {
            return JsonMembers.parse("index.json", content).object();
        } catch (InvalidJsonException e) {
            throw new StoreException(
                    blobs.root(),
                    e.getMessage()
                            + "; 'index.json' holds the names of images: jbuild fsck --repair"
                            + " restores them");
        }
    }

    private static List<Json> manifests(Json.Obj index) throws InvalidJsonException {
        return new JsonMembers("index.json", index).array("manifests");
    }

    private void write(Json.Obj index, List<Json> manifests) throws IOException {
        Map<String, Json> members = new LinkedHashMap<>(index.members());
        members.put("manifests", Json.array(manifests));
        byte[] content = new Json.Obj(members).encode();
        DurableFiles.replace(file, blobs.temp().next("index"), content);
        writeCopy(content);
    }

    /// Not synced: it is for when the disk, or someone, damages the other.
    private void writeCopy(byte[] content) throws IOException {
        Path fresh = blobs.temp().next("names");
        Files.write(fresh, SealedText.seal(content));
        Files.move(fresh, copy, StandardCopyOption.ATOMIC_MOVE);
    }
}
