package dev.jbuild.registry.client;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Referrers in a registry without an API for them: an index under a tag made of the subject's
/// digest (distribution-spec 1.1, "Referrers Tag Schema").
final class FallbackReferrers {
    private final RegistryClient client;
    private final RepositoryName repository;

    FallbackReferrers(RegistryClient client, RepositoryName repository) {
        this.client = client;
        this.repository = repository;
    }

    List<Descriptor> list(Digest subject) throws IOException, InterruptedException {
        try {
            Manifest found = client.fetchManifest(name(subject)).value();
            return found instanceof ImageIndex index ? index.manifests() : List.of();
        } catch (RegistryException e) {
            if (e.isNotFound()) {
                return List.of();
            }
            throw e;
        }
    }

    void add(Encoded<? extends Manifest> referrer) throws IOException, InterruptedException {
        Digest subject = referrer.value().subject().orElseThrow().digest();
        List<Descriptor> entries = new ArrayList<>(list(subject));
        Descriptor entry = describe(referrer);
        if (entries.stream().anyMatch(known -> known.digest().equals(entry.digest()))) {
            return;
        }
        entries.add(entry);
        client.putManifest(name(subject), OciJson.encode(ImageIndex.of(entries)));
    }

    /// The tag is cut where a tag must end: a sha512 digest loses half of its hex.
    private ImageReference name(Digest subject) {
        String hex = subject.hex().substring(0, Math.min(64, subject.hex().length()));
        return new ImageReference(
                client.registry(),
                repository,
                Optional.of(new Tag(subject.algorithm().token() + "-" + hex)),
                Optional.empty());
    }

    private static Descriptor describe(Encoded<? extends Manifest> referrer) {
        Manifest manifest = referrer.value();
        Optional<MediaType> type =
                manifest.artifactType().isPresent() || !(manifest instanceof ImageManifest image)
                        ? manifest.artifactType()
                        : Optional.of(image.config().mediaType());
        Descriptor described = referrer.descriptor().withAnnotations(manifest.annotations());
        return type.isPresent() ? described.withArtifactType(type.get()) : described;
    }
}
