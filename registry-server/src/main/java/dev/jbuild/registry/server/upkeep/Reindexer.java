package dev.jbuild.registry.server.upkeep;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.InvalidDigestException;
import dev.jbuild.oci.InvalidJsonException;
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
    private static final String TAG = "recovered-";

    private final ContentStore content;
    private final IndexBuilder index;
    private final Consumer<String> told;
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
    public record Reindexed(Metadata.Totals totals, long missing, long strays) {}

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
                                + " places: what was changed there is lost");
            }
            if (senseless[0] > 0) {
                told.accept(senseless[0] + " tags point at manifests that are lost");
            }
            fill();
            long sequence = scan.last().map(batch -> batch.sequence()).orElse(0L);
            return new Reindexed(index.finish(journal.id(), sequence), missing, strays);
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
        for (ManifestIndex.Addition manifest : manifests.values()) {
            Digest digest = manifest.descriptor().digest();
            if (!listed.contains(digest) && manifest.subject().isEmpty()) {
                Tag tag = new Tag(TAG + digest.shortHex());
                long pushed = Files.getLastModifiedTime(content.path(digest)).toMillis();
                index.apply(new Change.Tagged(repository, tag, digest, pushed));
                told.accept("'" + repository + ":" + tag + "' is " + digest);
            }
        }
        fill();
        return new Reindexed(index.finish(), missing, strays);
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
                index.describe(
                        manifest,
                        ManifestContent.read(
                                bytes, manifest.digest(), Optional.of(manifest.mediaType())));
                return;
            }
            content.quarantine().takeDamaged(file, manifest.digest());
        } catch (NoSuchFileException _) {
            return; // told of with the other content
        } catch (InvalidJsonException e) {
            throw new IOException("the manifest " + manifest.digest() + " can't be read", e);
        }
    }

    private void compareContents() throws IOException {
        List<Content> page = index.contents(0, PAGE);
        while (!page.isEmpty()) {
            for (Content item : page) {
                Path file = content.path(item.digest());
                if (!Files.exists(file) || Files.size(file) != item.size()) {
                    index.markDamaged(item.digest());
                    missing++;
                    told.accept("missing: " + item.digest() + "; push it again");
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

    private Optional<ManifestIndex.Addition> manifest(Digest digest, Path file) throws IOException {
        if (Files.size(file) > LARGEST_MANIFEST) {
            return Optional.empty();
        }
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length < 2 || (bytes[0] != '{' && !Character.isWhitespace(bytes[0]))) {
            return Optional.empty();
        }
        try {
            return Digest.of(digest.algorithm(), bytes).equals(digest)
                    ? Optional.of(ManifestContent.read(bytes, digest, Optional.empty()))
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
