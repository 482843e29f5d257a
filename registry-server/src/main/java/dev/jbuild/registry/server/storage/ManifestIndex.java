package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/// The manifests of each repository, their tags and what they refer to. What these methods change
/// is permanent when they return. Safe for use by several threads.
public interface ManifestIndex {

    /// A manifest that is there.
    ///
    /// @param size in bytes
    /// @param looseSinceMillis since 1970, if no tag points at it
    record Entry(Digest digest, MediaType mediaType, long size, OptionalLong looseSinceMillis) {}

    /// What a manifest says of something that it refers to.
    ///
    /// @param size in bytes
    record Mention(Digest digest, long size) {
        static Mention of(Descriptor descriptor) {
            return new Mention(descriptor.digest(), descriptor.size());
        }
    }

    /// A manifest to be put.
    ///
    /// @param descriptor as a list of referrers has it, with artifact type and annotations
    /// @param blobs what has to be in the repository beforehand
    /// @param manifests likewise
    /// @param mentions all that it refers to but its subject; it is kept where it is there
    record Addition(
            Descriptor descriptor,
            Optional<Digest> subject,
            List<Digest> blobs,
            List<Digest> manifests,
            Set<Mention> mentions) {
        public Addition {
            blobs = List.copyOf(blobs);
            manifests = List.copyOf(manifests);
            mentions = Set.copyOf(mentions);
        }

        /// The digests of all that it mentions.
        public Set<Digest> references() {
            return mentions.stream().map(Mention::digest).collect(Collectors.toUnmodifiableSet());
        }

        /// The same where nothing has to be there beforehand.
        public Addition sparse() {
            return new Addition(descriptor, subject, List.of(), List.of(), mentions);
        }
    }

    /// What a client that changes a tag expects of it (RFC 9110, 13.1).
    sealed interface Condition {
        record Always() implements Condition {}

        /// The tag points at one of these manifests.
        record Matches(List<String> digests) implements Condition {}

        /// There is no such tag.
        record Absent() implements Condition {}
    }

    /// What became of an addition.
    sealed interface Outcome {
        record Stored() implements Outcome {}

        /// Nothing was changed: the repository lacks these.
        record Missing(List<Digest> digests) implements Outcome {}

        /// Nothing was changed: the repository has this, in another size.
        ///
        /// @param size in bytes
        record WrongSize(Mention mention, long size) implements Outcome {}

        /// Nothing was changed: the condition doesn't hold.
        record ConditionFailed() implements Outcome {}
    }

    /// Empty also while its content is known to be damaged.
    Optional<Entry> find(RepositoryName repository, Reference reference) throws StorageException;

    /// Which of these manifests [#find] would find. Asks for many at a time.
    Set<Digest> present(RepositoryName repository, List<Digest> digests) throws StorageException;

    /// What comes into a repository together.
    ///
    /// @param blobs with their sizes in bytes
    /// @param manifests children before those that list them
    record Bundle(RepositoryName repository, Map<Digest, Long> blobs, List<Tagged> manifests) {
        public Bundle {
            blobs = Map.copyOf(blobs);
            manifests = List.copyOf(manifests);
        }

        /// A manifest and the tags that are to point at it.
        public record Tagged(Addition addition, List<Tag> tags) {
            public Tagged {
                tags = List.copyOf(tags);
            }
        }
    }

    /// Manifests of a repository, in the order of their digests; whether they are damaged or not.
    List<Entry> manifests(RepositoryName repository, Page page) throws StorageException;

    /// Adds all of that, or, if a rule is against any of it or a manifest lacks something, nothing.
    ///
    /// @throws RuleViolationException if nothing was added
    void putAll(List<Bundle> bundles) throws StorageException;

    /// Makes a manifest without a tag one since now, so that it isn't collected soon.
    ///
    /// @return whether the repository has it
    boolean keep(RepositoryName repository, Digest digest) throws StorageException;

    /// Adds a manifest and points the tags at it, all or nothing.
    Outcome put(RepositoryName repository, Addition addition, List<Tag> tags, Condition condition)
            throws StorageException;

    /// Removes a manifest and all its tags.
    ///
    /// @return whether it was there
    boolean delete(RepositoryName repository, Digest digest) throws StorageException;

    /// Removes a tag; the manifest stays.
    ///
    /// @return whether it was there
    boolean untag(RepositoryName repository, Tag tag) throws StorageException;

    /// Tags in ASCII order; empty if there is no such repository.
    Optional<List<String>> tags(RepositoryName repository, Page page) throws StorageException;

    /// The manifests that have this subject, in the order of their digests.
    List<Descriptor> referrers(
            RepositoryName repository, Digest subject, Optional<String> artifactType, Page page)
            throws StorageException;
}
