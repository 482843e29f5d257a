package dev.jbuild.oci;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Points at content (OCI image-spec 1.1, descriptor.md).
///
/// @param size bytes of the content as stored
/// @param urls where the content can also be had; for non-distributable layers
/// @param data the content itself as base64, or empty
public record Descriptor(
        MediaType mediaType,
        Digest digest,
        long size,
        Optional<Platform> platform,
        Optional<MediaType> artifactType,
        Map<String, String> annotations,
        List<String> urls,
        Optional<String> data) {
    public Descriptor {
        if (size < 0) {
            throw new IllegalArgumentException(
                    "invalid descriptor of " + digest + ": the size is " + size);
        }
        annotations = Map.copyOf(annotations);
        urls = List.copyOf(urls);
    }

    public Descriptor(MediaType mediaType, Digest digest, long size) {
        this(
                mediaType,
                digest,
                size,
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                List.of(),
                Optional.empty());
    }

    /// Of bytes in memory, by SHA-256.
    public static Descriptor of(MediaType mediaType, byte[] content) {
        return new Descriptor(mediaType, Digest.sha256(content), content.length);
    }

    public Descriptor withPlatform(Platform platform) {
        return new Descriptor(
                mediaType,
                digest,
                size,
                Optional.of(platform),
                artifactType,
                annotations,
                urls,
                data);
    }

    public Descriptor withArtifactType(MediaType type) {
        return new Descriptor(
                mediaType, digest, size, platform, Optional.of(type), annotations, urls, data);
    }

    public Descriptor withAnnotations(Map<String, String> annotations) {
        return new Descriptor(
                mediaType, digest, size, platform, artifactType, annotations, urls, data);
    }

    /// The same content and media type, without platform, annotations and the rest: what a
    /// `subject` or an entry of a layer list carries.
    public Descriptor bare() {
        return new Descriptor(mediaType, digest, size);
    }

    /// The annotations in order of their keys.
    public SortedMap<String, String> sortedAnnotations() {
        return new TreeMap<>(annotations);
    }
}
