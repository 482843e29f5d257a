package dev.jbuild.registry.server.upkeep;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.InvalidDigestException;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.journal.JournalReader;
import dev.jbuild.registry.server.storage.Change;
import dev.jbuild.registry.server.storage.ContentIndex.Content;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.IndexBuilder;
import dev.jbuild.registry.server.storage.IndexBuilder.Undescribed;
import dev.jbuild.registry.server.storage.ManifestContent;
import dev.jbuild.registry.server.storage.ManifestIndex;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.RetentionPolicy;
import dev.jbuild.registry.server.storage.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Makes an index anew from the journal, or, if that is lost too, from what manifests say. Content
/// is compared with its size, manifests with their digest; a scrub reads the rest.
public final class Reindexer {
    private static final int PAGE = 1000;
    private static final int LARGEST_MANIFEST = 4 << 20;

    private final ContentStore content;
    private final IndexBuilder index;
    private final Consumer<String> told;
    private final Set<Digest> lost = new HashSet<>();
    private boolean mending;
    private long missing;
    private long strays;

    /// @param told lines for the operator
    public Reindexer(ContentStore content, IndexBuilder index, Consumer<String> told) {
        this.content = content;
        this.index = index;
        this.told = told;
    }

    /// @param missing content that should be there and isn't
    /// @param strays content that no repository has, which will be collected
    /// @param whole whether the journal had all that was changed
    public record Reindexed(Metadata.Totals totals, long missing, long strays, boolean whole) {
        /// Whether everything is as it was.
        public boolean isComplete() {
            return whole && missing == 0;
        }
    }

    /// @return what is in the index now, which can be opened when it is closed
    public Reindexed fromJournal(Path file) throws IOException {
        try (JournalReader journal = new JournalReader(file)) {
            long[] senseless = new long[1];
            JournalReader.Scan scan =
                    journal.scan(
                            batch -> batch.changes().forEach(change -> apply(change, senseless)));
            if (scan.damaged() > 0) {
                told.accept(
                        "the journal is damaged in "
                                + scan.damaged()
                                + " places: what was changed there is lost, but what manifests"
                                + " that are left refer to is their repositories' again");
            }
            if (senseless[0] > 0) {
                told.accept(senseless[0] + " tags point at manifests that are lost");
            }
            boolean whole = scan.damaged() == 0 && senseless[0] == 0;
            mending = !whole;
            fill();
            long sequence = scan.last().map(batch -> batch.sequence()).orElse(0L);
            return new Reindexed(index.finish(journal.id(), sequence), missing, strays, whole);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /// Puts all manifests and what they refer to into one repository. Those that no other one
    /// refers to, and that refer to none, get a tag, so that they can be found.
    public Reindexed fromContent(RepositoryName repository) throws IOException {
        Map<Digest, ManifestIndex.Addition> manifests = new TreeMap<>();
        for (Path directory : content.directories()) {
            eachContent(
                    directory,
                    (digest, file) ->
                            manifest(digest, file)
                                    .ifPresent(addition -> manifests.put(digest, addition)));
        }
        Set<Digest> listed = new HashSet<>();
        for (ManifestIndex.Addition manifest : manifests.values()) {
            listed.addAll(manifest.references());
            index.apply(
                    new Change.ManifestPut(
                            repository,
                            manifest.descriptor().digest(),
                            manifest.descriptor().size(),
                            manifest.descriptor().mediaType()));
        }
        for (Digest digest : listed) {
            if (!manifests.containsKey(digest) && Files.exists(content.path(digest))) {
                long size = Files.size(content.path(digest));
                index.apply(new Change.BlobLinked(repository, digest, size));
            }
        }
        long now = System.currentTimeMillis();
        for (ManifestIndex.Addition manifest : manifests.values()) {
            Digest digest = manifest.descriptor().digest();
            if (!listed.contains(digest) && manifest.subject().isEmpty()) {
                Tag tag = new Tag(RetentionPolicy.RECOVERED + digest.shortHex());
                index.apply(new Change.Tagged(repository, tag, digest, now));
                told.accept("'" + repository + ":" + tag + "' is " + digest);
            }
        }
        mending = true;
        fill();
        return new Reindexed(index.finish(), missing, strays, true);
    }

    private void apply(Change change, long[] senseless) {
        try {
            if (!index.apply(change)) {
                senseless[0]++;
            }
        } catch (StorageException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void fill() throws IOException {
        index.settle();
        describeManifests();
        compareContents();
        for (Path directory : content.directories()) {
            eachContent(directory, (digest, file) -> stray(digest, file, false));
        }
        for (Digest digest : content.quarantine().list()) {
            stray(digest, content.quarantine().path(digest), true);
        }
    }

    private void describeManifests() throws IOException {
        List<Undescribed> page = index.undescribed(0, PAGE);
        while (!page.isEmpty()) {
            for (Undescribed manifest : page) {
                describe(manifest);
            }
            page = index.undescribed(page.getLast().id(), PAGE);
        }
    }

    private void describe(Undescribed manifest) throws IOException {
        Path file = content.path(manifest.digest());
        try {
            byte[] bytes = Files.readAllBytes(file);
            if (Digest.of(manifest.digest().algorithm(), bytes).equals(manifest.digest())) {
                ManifestIndex.Addition addition =
                        ManifestContent.read(
                                bytes, manifest.digest(), Optional.of(manifest.mediaType()));
                index.describe(manifest, addition);
                if (mending) {
                    link(manifest.repository(), addition.blobs());
                    putChildren(manifest, bytes);
                }
                return;
            }
            content.quarantine().takeDamaged(file, manifest.digest());
        } catch (NoSuchFileException _) {
            return; // told of with the other content
        } catch (InvalidJsonException e) {
            throw new IOException("the manifest " + manifest.digest() + " can't be read", e);
        }
    }

    /// That these are linked may have been said in a place that is damaged. A whole journal is
    /// believed: a blob that it doesn't link was deleted.
    private void link(RepositoryName repository, List<Digest> blobs) throws IOException {
        for (Digest digest : blobs) {
            Path file = content.path(digest);
            if (Files.exists(file)) {
                index.apply(new Change.BlobLinked(repository, digest, Files.size(file)));
            } else if (!index.isKnown(digest) && lost.add(digest)) {
                tellMissing(digest);
            }
        }
    }

    /// The same for the images of an index: they are described after it, and so come back with
    /// their own layers and, if they are indexes, children.
    private void putChildren(Undescribed parent, byte[] bytes) throws IOException {
        if (!(OciJson.readManifest(bytes, Optional.of(parent.mediaType())).value()
                instanceof ImageIndex list)) {
            return;
        }
        for (Descriptor child : list.manifests()) {
            Digest digest = child.digest();
            boolean manifest = child.mediaType().isIndex() || child.mediaType().isImageManifest();
            if (!manifest || index.hasManifest(parent.repository(), digest)) {
                continue;
            }
            Path file = content.path(digest);
            if (Files.exists(file)
                    && manifest(digest, file, Optional.of(child.mediaType())).isPresent()) {
                long size = Files.size(file);
                index.apply(
                        new Change.ManifestPut(
                                parent.repository(), digest, size, child.mediaType()));
            } else if (!index.isKnown(digest) && lost.add(digest)) {
                tellMissing(digest);
            }
        }
    }

    private void tellMissing(Digest digest) {
        missing++;
        told.accept("missing: " + digest + "; push it again");
    }

    private void compareContents() throws IOException {
        List<Content> page = index.contents(0, PAGE);
        while (!page.isEmpty()) {
            for (Content item : page) {
                Path file = content.path(item.digest());
                if (!Files.exists(file) || Files.size(file) != item.size()) {
                    index.markDamaged(item.digest());
                    tellMissing(item.digest());
                }
            }
            page = index.contents(page.getLast().id(), PAGE);
        }
    }

    private void stray(Digest digest, Path file, boolean putAside) throws IOException {
        if (!index.isKnown(digest)) {
            index.addOrphan(digest, Files.size(file), putAside);
            strays++;
        }
    }

    private static Optional<ManifestIndex.Addition> manifest(Digest digest, Path file)
            throws IOException {
        return manifest(digest, file, Optional.empty());
    }

    private static Optional<ManifestIndex.Addition> manifest(
            Digest digest, Path file, Optional<MediaType> declared) throws IOException {
        if (Files.size(file) > LARGEST_MANIFEST) {
            return Optional.empty();
        }
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length < 2 || (bytes[0] != '{' && !Character.isWhitespace(bytes[0]))) {
            return Optional.empty();
        }
        try {
            return Digest.of(digest.algorithm(), bytes).equals(digest)
                    ? Optional.of(ManifestContent.read(bytes, digest, declared))
                    : Optional.empty();
        } catch (InvalidJsonException | IllegalArgumentException _) {
            return Optional.empty(); // a configuration, or some other JSON
        }
    }

    private interface FileConsumer {
        void accept(Digest digest, Path file) throws IOException;
    }

    private static void eachContent(Path directory, FileConsumer consumer) throws IOException {
        String algorithm = String.valueOf(directory.getFileName());
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Optional<Digest> digest = digest(algorithm, file);
                if (digest.isPresent()) {
                    consumer.accept(digest.get(), file);
                }
            }
        }
    }

    private static Optional<Digest> digest(String algorithm, Path file) {
        try {
            return Optional.of(Digest.parse(algorithm + ":" + file.getFileName()));
        } catch (InvalidDigestException _) {
            return Optional.empty(); // nothing of ours
        }
    }
}
