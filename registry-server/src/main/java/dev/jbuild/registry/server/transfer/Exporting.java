package dev.jbuild.registry.server.transfer;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.storage.ContentIndex.Content;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.ManifestContent;
import dev.jbuild.registry.server.storage.ManifestIndex;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.MismatchedContentException;
import dev.jbuild.registry.server.storage.Page;
import dev.jbuild.registry.server.storage.Reference;
import dev.jbuild.registry.server.upkeep.Stop;
import dev.jbuild.store.ImageStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// One export. Of each repository the images come first and then the indexes, so that nothing is in
/// the layout without what it refers to.
final class Exporting {
    private static final int PAGE = 500;

    private final Metadata index;
    private final ContentStore content;
    private final LayoutSink sink;
    private final Consumer<String> told;
    private final Stop stop;
    private final ByteArrayOutputStream entries = new ByteArrayOutputStream();

    /// By the ids of content: what was written, and what can't be.
    private final BitSet written = new BitSet();

    private final BitSet lost = new BitSet();
    private long repositories;
    private long manifests;
    private long tags;
    private long files;
    private long bytes;
    private long left;

    /// @param index as it was at one moment
    Exporting(
            Metadata index,
            ContentStore content,
            LayoutSink sink,
            Consumer<String> told,
            Stop stop) {
        this.index = index;
        this.content = content;
        this.sink = sink;
        this.told = told;
        this.stop = stop;
    }

    void add(RepositoryName repository) throws IOException {
        Repository one = new Repository(repository);
        one.addManifests();
        one.addEntries();
        repositories++;
    }

    Exporter.Exported finish() throws IOException {
        ByteArrayOutputStream document = new ByteArrayOutputStream(entries.size() + 200);
        document.writeBytes(
                ("{\"schemaVersion\":2,\"mediaType\":\""
                                + MediaType.OCI_INDEX
                                + "\",\"manifests\":[")
                        .getBytes(StandardCharsets.UTF_8));
        entries.writeTo(document);
        document.writeBytes("]}".getBytes(StandardCharsets.UTF_8));
        sink.finish(document.toByteArray());
        return new Exporter.Exported(repositories, manifests, tags, files, bytes, left);
    }

    private void entry(ManifestIndex.Entry manifest, String annotation, String value)
            throws IOException {
        Json json =
                OciJson.toJson(
                        new Descriptor(manifest.mediaType(), manifest.digest(), manifest.size())
                                .withAnnotations(Map.of(annotation, value)));
        if (entries.size() > 0) {
            entries.write(',');
        }
        entries.writeBytes(json.encode());
        if (entries.size() > Layouts.LARGEST_INDEX - 200) {
            throw new TransferException(
                    "there are too many tags for one layout, whose index may have "
                            + Layouts.LARGEST_INDEX
                            + " bytes: export fewer repositories at a time, with --repository");
        }
    }

    /// @return whether it is in the layout
    private boolean write(Digest digest) throws IOException {
        Optional<Content> known = index.contents().find(digest);
        if (known.isEmpty()) {
            return false;
        }
        int id = Math.toIntExact(known.get().id());
        if (!written.get(id) && !lost.get(id)) {
            if (stop.isAsked()) {
                throw new TransferException("the server ends; export again");
            }
            if (copy(digest, known.get().size())) {
                written.set(id);
                files++;
                bytes += known.get().size();
            } else {
                lost.set(id);
            }
        }
        return written.get(id);
    }

    private boolean copy(Digest digest, long size) throws IOException {
        for (Path file : List.of(content.path(digest), content.quarantine().path(digest))) {
            try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
                sink.add(digest, size, in);
                return true;
            } catch (NoSuchFileException e) {
                if (!file.toString().equals(e.getFile())) {
                    throw e;
                }
            } catch (MismatchedContentException _) {
                return false;
            }
        }
        return false;
    }

    private final class Repository {
        private final RepositoryName name;
        private final Set<Digest> children = new HashSet<>();
        private final Set<Digest> there = new HashSet<>();

        Repository(RepositoryName name) {
            this.name = name;
        }

        void addManifests() throws IOException {
            List<ManifestIndex.Entry> indexes = new ArrayList<>();
            String after = "";
            List<ManifestIndex.Entry> page = manifests(after);
            while (!page.isEmpty()) {
                for (ManifestIndex.Entry manifest : page) {
                    if (manifest.mediaType().isIndex()) {
                        indexes.add(manifest);
                    } else {
                        add(manifest, true);
                    }
                }
                page = manifests(page.getLast().digest().toString());
            }
            addIndexes(indexes);
        }

        /// Those that list others come after them; what is left over lacks something.
        private void addIndexes(List<ManifestIndex.Entry> indexes) throws IOException {
            List<ManifestIndex.Entry> waiting = indexes;
            boolean last = false;
            while (!waiting.isEmpty()) {
                List<ManifestIndex.Entry> again = new ArrayList<>();
                for (ManifestIndex.Entry manifest : waiting) {
                    if (!add(manifest, last)) {
                        again.add(manifest);
                    }
                }
                if (last) {
                    return;
                }
                last = again.size() == waiting.size();
                waiting = again;
            }
        }

        /// @param last whether it is left out now if something is missing
        /// @return whether it is in the layout
        private boolean add(ManifestIndex.Entry manifest, boolean last) throws IOException {
            Optional<String> why = obstacle(manifest);
            if (why.isEmpty() && !write(manifest.digest())) {
                why = Optional.of(lacks(manifest, manifest.digest()));
            }
            if (why.isPresent()) {
                if (last) {
                    left++;
                    told.accept(why.get());
                }
                return false;
            }
            there.add(manifest.digest());
            manifests++;
            return true;
        }

        /// Writes what a manifest refers to.
        ///
        /// @return why the manifest can't be in the layout
        private Optional<String> obstacle(ManifestIndex.Entry manifest) throws IOException {
            ManifestIndex.Addition parsed;
            try {
                byte[] document = content.read(manifest.digest());
                parsed =
                        ManifestContent.read(
                                document, manifest.digest(), Optional.of(manifest.mediaType()));
            } catch (IOException e) {
                return Optional.of(lacks(manifest, manifest.digest()));
            }
            children.addAll(parsed.manifests());
            for (Digest child : parsed.manifests()) {
                if (!there.contains(child)
                        && index.manifests()
                                .find(name, new Reference.ByDigest(child))
                                .isPresent()) {
                    return Optional.of(lacks(manifest, child));
                }
            }
            Optional<String> contradiction = contradiction(manifest.digest(), parsed.mentions());
            if (contradiction.isPresent()) {
                return contradiction;
            }
            for (Digest blob : parsed.references()) {
                boolean here = index.repositories().findBlob(name, blob).isPresent();
                if (here && !write(blob)) {
                    return Optional.of(lacks(manifest, blob));
                } else if (!here && isDamaged(blob) && parsed.blobs().contains(blob)) {
                    return Optional.of(lacks(manifest, blob));
                }
            }
            return Optional.empty();
        }

        private String lacks(ManifestIndex.Entry manifest, Digest what) {
            return Exporter.lacks(name, manifest.digest(), what);
        }

        /// An importer compares sizes with all that is in the layout, whoever it belongs to.
        private Optional<String> contradiction(Digest manifest, Set<ManifestIndex.Mention> mentions)
                throws IOException {
            for (ManifestIndex.Mention mention : mentions) {
                Optional<Content> known = index.contents().find(mention.digest());
                if (known.isPresent() && known.get().size() != mention.size()) {
                    return Optional.of(
                            Exporter.contradicts(name, manifest, mention, known.get().size()));
                }
            }
            return Optional.empty();
        }

        /// In contrast to what never was here, because others have it or the repository is sparse.
        private boolean isDamaged(Digest blob) throws IOException {
            return index.garbage().isKnown(blob) && index.contents().find(blob).isEmpty();
        }

        void addEntries() throws IOException {
            List<String> page = index.manifests().tags(name, new Page(PAGE, "")).orElse(List.of());
            while (!page.isEmpty()) {
                for (String tag : page) {
                    addTag(new Tag(tag));
                }
                page =
                        index.manifests()
                                .tags(name, new Page(PAGE, page.getLast()))
                                .orElse(List.of());
            }
            List<ManifestIndex.Entry> all = manifests("");
            while (!all.isEmpty()) {
                for (ManifestIndex.Entry manifest : all) {
                    if (manifest.looseSinceMillis().isPresent()
                            && there.contains(manifest.digest())
                            && !children.contains(manifest.digest())) {
                        entry(manifest, Layouts.REPOSITORY, name.value());
                    }
                }
                all = manifests(all.getLast().digest().toString());
            }
        }

        private void addTag(Tag tag) throws IOException {
            Optional<ManifestIndex.Entry> manifest =
                    index.manifests().find(name, new Reference.ByTag(tag));
            if (manifest.isPresent() && there.contains(manifest.get().digest())) {
                entry(manifest.get(), ImageStore.REF_NAME, name + ":" + tag);
                tags++;
            }
        }

        private List<ManifestIndex.Entry> manifests(String after) throws IOException {
            return index.manifests().manifests(name, new Page(PAGE, after));
        }
    }
}
