package dev.jbuild.registry.server.transfer;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.storage.ManifestContent;
import dev.jbuild.registry.server.storage.ManifestIndex;
import dev.jbuild.registry.server.storage.ManifestIndex.Bundle;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/// What is to be imported of a layout: found by going from its index through all manifests, each
/// verified. What a manifest refers to and the layout doesn't have is left for the registry's index
/// to judge: the repository may have it, or need not.
final class ImportPlan {
    /// The most bytes of manifests of one import, which are known at once.
    private static final long MOST_MANIFEST_BYTES = 100L << 20;

    /// The most bytes that the journal may need for one import, which is one batch of it.
    private static final long MOST_CHANGED_BYTES = 60L << 20;

    /// Of a change in the journal, but for names and digests.
    private static final long CHANGE = 100;

    private static final int LARGEST_MARK = 4096;

    private final LayoutSource source;
    private final Predicate<RepositoryName> sparse;
    private final Map<RepositoryName, Repository> repositories = new LinkedHashMap<>();

    /// What has to be in the content store, and how many bytes it has.
    private final Map<Digest, Long> contents = new LinkedHashMap<>();

    private long manifestBytes;

    private static final class Repository {
        private final Map<Digest, ManifestIndex.Addition> manifests = new LinkedHashMap<>();
        private final Map<Digest, List<Tag>> tags = new HashMap<>();
        private final Map<Tag, Digest> tagged = new HashMap<>();
        private final Map<Digest, Long> blobs = new LinkedHashMap<>();
    }

    /// A manifest on the way to it, or, with what it says, on the way back.
    private record Step(Descriptor descriptor, Optional<ManifestIndex.Addition> read) {}

    private ImportPlan(LayoutSource source, Predicate<RepositoryName> sparse) {
        this.source = source;
        this.sparse = sparse;
    }

    /// @param into where everything goes; empty: where its name says
    /// @param sparse the repositories whose manifests may lack blobs and children
    static ImportPlan of(
            LayoutSource source, Optional<RepositoryName> into, Predicate<RepositoryName> sparse)
            throws IOException {
        requireVersion(required(source, Layouts.MARK, LARGEST_MARK));
        byte[] json = required(source, Layouts.INDEX, Layouts.LARGEST_INDEX);
        ImportPlan plan = new ImportPlan(source, sparse);
        int number = 0;
        for (Descriptor descriptor : index(json).manifests()) {
            plan.add(LayoutEntry.of(++number, descriptor, into));
        }
        if (number == 0) {
            throw new TransferException("'" + Layouts.INDEX + "' lists nothing");
        }
        plan.requireOneBatch();
        return plan;
    }

    private void requireOneBatch() throws TransferException {
        long changed = 0;
        for (Map.Entry<RepositoryName, Repository> entry : repositories.entrySet()) {
            Repository repository = entry.getValue();
            long each = CHANGE + entry.getKey().value().length();
            for (Map<Digest, ?> digests : List.of(repository.manifests, repository.blobs)) {
                for (Digest digest : digests.keySet()) {
                    changed += each + digest.hex().length();
                }
            }
            for (Map.Entry<Tag, Digest> tag : repository.tagged.entrySet()) {
                changed += each + tag.getKey().value().length() + tag.getValue().hex().length();
            }
        }
        if (changed > MOST_CHANGED_BYTES) {
            throw tooMuch();
        }
    }

    private static TransferException tooMuch() {
        return new TransferException(
                "there is too much in the layout for one import; export fewer repositories at a"
                        + " time, with --repository, and import it in parts");
    }

    Map<Digest, Long> contents() {
        return contents;
    }

    /// In the order in which they can be added.
    List<Bundle> bundles() {
        List<Bundle> bundles = new ArrayList<>();
        repositories.forEach(
                (name, repository) -> {
                    List<Bundle.Tagged> manifests = new ArrayList<>();
                    repository.manifests.forEach(
                            (digest, addition) ->
                                    manifests.add(
                                            new Bundle.Tagged(
                                                    sparse.test(name)
                                                            ? addition.sparse()
                                                            : addition,
                                                    repository.tags.getOrDefault(
                                                            digest, List.of()))));
                    bundles.add(new Bundle(name, repository.blobs, manifests));
                });
        return bundles;
    }

    private static byte[] required(LayoutSource source, String name, int limit) throws IOException {
        Optional<byte[]> document = source.document(name, limit);
        if (document.isEmpty()) {
            throw new TransferException("there is no '" + name + "': this is no OCI image layout");
        }
        return document.get();
    }

    private static void requireVersion(byte[] mark) throws IOException {
        String version = JsonMembers.parse(Layouts.MARK, mark).requiredText("imageLayoutVersion");
        if (!version.equals("1.0.0")) {
            throw new TransferException(
                    "the version of the layout is '" + version + "'; 1.0.0 is understood");
        }
    }

    private static ImageIndex index(byte[] json) throws IOException {
        Manifest index = OciJson.readManifest(json, Optional.of(MediaType.OCI_INDEX)).value();
        return switch (index) {
            case ImageIndex roots -> roots;
            case ImageManifest _ ->
                    throw new TransferException("'" + Layouts.INDEX + "' is no index of images");
        };
    }

    private void add(LayoutEntry entry) throws IOException {
        Repository repository =
                repositories.computeIfAbsent(entry.repository(), _ -> new Repository());
        Descriptor descriptor = entry.descriptor();
        if (source.size(descriptor.digest()).isEmpty()) {
            throw new TransferException(
                    "'"
                            + Layouts.path(descriptor.digest())
                            + "' is missing, which the index lists");
        }
        walk(repository, descriptor);
        if (entry.tag().isPresent()) {
            Tag tag = entry.tag().get();
            Digest other = repository.tagged.put(tag, descriptor.digest());
            if (other == null) {
                repository
                        .tags
                        .computeIfAbsent(descriptor.digest(), _ -> new ArrayList<>())
                        .add(tag);
            } else if (!other.equals(descriptor.digest())) {
                throw new TransferException(
                        "'"
                                + entry.repository()
                                + ":"
                                + tag
                                + "' would be both "
                                + other
                                + " and "
                                + descriptor.digest());
            }
        }
    }

    /// Children before those that list them, without calling itself: how deep it goes, the layout
    /// decides.
    private void walk(Repository repository, Descriptor root) throws IOException {
        Deque<Step> steps = new ArrayDeque<>(List.of(new Step(root, Optional.empty())));
        while (!steps.isEmpty()) {
            Step step = steps.removeLast();
            Digest digest = step.descriptor().digest();
            if (step.read().isPresent()) {
                repository.manifests.putIfAbsent(digest, step.read().get());
            } else if (!repository.manifests.containsKey(digest)) {
                Manifest manifest = manifest(step.descriptor());
                steps.addLast(
                        new Step(
                                step.descriptor(),
                                Optional.of(ManifestContent.of(manifest, step.descriptor()))));
                switch (manifest) {
                    case ImageManifest image -> {
                        addBlob(repository, image.config());
                        for (Descriptor layer : image.layers()) {
                            addBlob(repository, layer);
                        }
                    }
                    case ImageIndex index -> {
                        for (Descriptor child : index.manifests()) {
                            if (!child.mediaType().isIndex()
                                    && !child.mediaType().isImageManifest()) {
                                addBlob(repository, child);
                            } else if (source.size(child.digest()).isPresent()) {
                                steps.addLast(new Step(child, Optional.empty()));
                            }
                        }
                    }
                }
            }
        }
    }

    private Manifest manifest(Descriptor descriptor) throws IOException {
        Digest digest = descriptor.digest();
        String name = Layouts.path(digest);
        requireSize(descriptor);
        byte[] bytes = required(source, name, Layouts.LARGEST_MANIFEST);
        Digest actual = Digest.of(digest.algorithm(), bytes);
        if (!actual.equals(digest)) {
            throw new TransferException("'" + name + "' is damaged: it hashes to " + actual);
        }
        manifestBytes += bytes.length;
        if (manifestBytes > MOST_MANIFEST_BYTES) {
            throw tooMuch();
        }
        contents.put(digest, (long) bytes.length);
        try {
            Manifest manifest =
                    OciJson.readManifest(bytes, Optional.of(descriptor.mediaType())).value();
            if (!manifest.mediaType().equals(descriptor.mediaType())) {
                throw new TransferException(
                        "'"
                                + name
                                + "' is listed as '"
                                + descriptor.mediaType()
                                + "', but says that it is '"
                                + manifest.mediaType()
                                + "'");
            }
            return manifest;
        } catch (InvalidJsonException e) {
            throw new TransferException("'" + name + "': " + e.getMessage(), e);
        }
    }

    private void addBlob(Repository repository, Descriptor blob) throws IOException {
        if (source.size(blob.digest()).isPresent()) {
            requireSize(blob);
            contents.put(blob.digest(), blob.size());
            repository.blobs.put(blob.digest(), blob.size());
        }
    }

    private void requireSize(Descriptor descriptor) throws IOException {
        OptionalLong size = source.size(descriptor.digest());
        if (size.isPresent() && size.getAsLong() != descriptor.size()) {
            throw new TransferException(
                    "'"
                            + Layouts.path(descriptor.digest())
                            + "' has "
                            + size.getAsLong()
                            + " bytes where "
                            + descriptor.size()
                            + " are promised");
        }
    }
}
