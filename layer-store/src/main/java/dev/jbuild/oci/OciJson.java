package dev.jbuild.oci;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// Manifests, indexes, descriptors and error documents as JSON. Reading keeps the bytes
/// ([Encoded]); writing is deterministic, with members in the order of the specification's
/// examples.
public final class OciJson {
    private OciJson() {}

    /// Reads a manifest of either kind.
    ///
    /// @param declared the media type the sender gave; where it is none of a manifest's, the
    ///     document's own `mediaType` and then its shape decide
    /// @throws InvalidJsonException if the bytes are no such document, or contradict `declared`
    public static Encoded<Manifest> readManifest(byte[] bytes, Optional<MediaType> declared)
            throws InvalidJsonException {
        JsonMembers json = JsonMembers.parse("manifest", bytes);
        MediaType type = manifestType(json, declared);
        Manifest manifest = type.isIndex() ? index(json, type) : image(json, type);
        return Encoded.of(manifest, bytes, type);
    }

    /// Reads an image manifest; an index is refused.
    public static Encoded<ImageManifest> readImageManifest(
            byte[] bytes, Optional<MediaType> declared) throws InvalidJsonException {
        Encoded<Manifest> read = readManifest(bytes, declared);
        if (read.value() instanceof ImageManifest image) {
            return Encoded.of(image, bytes, image.mediaType());
        }
        throw new InvalidJsonException("manifest: an index where an image manifest is needed");
    }

    public static Encoded<ImageManifest> encode(ImageManifest manifest) {
        return Encoded.of(manifest, toJson(manifest).encode(), manifest.mediaType());
    }

    public static Encoded<ImageIndex> encode(ImageIndex index) {
        return Encoded.of(index, toJson(index).encode(), index.mediaType());
    }

    public static Json toJson(ImageManifest manifest) {
        return Json.object()
                .put("schemaVersion", 2)
                .put("mediaType", manifest.mediaType().value())
                .putIf("artifactType", manifest.artifactType().map(t -> Json.of(t.value())))
                .put("config", toJson(manifest.config()))
                .put(
                        "layers",
                        new Json.Arr(manifest.layers().stream().map(OciJson::toJson).toList()))
                .putIf("subject", manifest.subject().map(OciJson::toJson))
                .putStrings("annotations", new TreeMap<>(manifest.annotations()))
                .build();
    }

    public static Json toJson(ImageIndex index) {
        return Json.object()
                .put("schemaVersion", 2)
                .put("mediaType", index.mediaType().value())
                .putIf("artifactType", index.artifactType().map(t -> Json.of(t.value())))
                .put(
                        "manifests",
                        new Json.Arr(index.manifests().stream().map(OciJson::toJson).toList()))
                .putIf("subject", index.subject().map(OciJson::toJson))
                .putStrings("annotations", new TreeMap<>(index.annotations()))
                .build();
    }

    public static Json toJson(Descriptor descriptor) {
        return Json.object()
                .put("mediaType", descriptor.mediaType().value())
                .put("digest", descriptor.digest().toString())
                .put("size", descriptor.size())
                .putStrings("urls", descriptor.urls())
                .putStrings("annotations", descriptor.sortedAnnotations())
                .putIf("data", descriptor.data().map(Json::of))
                .putIf("platform", descriptor.platform().map(OciJson::toJson))
                .putIf("artifactType", descriptor.artifactType().map(t -> Json.of(t.value())))
                .build();
    }

    public static Json toJson(ErrorDocument document) {
        List<Json> errors = new ArrayList<>();
        for (ErrorDocument.Entry entry : document.errors()) {
            errors.add(
                    Json.object()
                            .put("code", entry.code())
                            .put("message", entry.message())
                            .putIf("detail", entry.detail())
                            .build());
        }
        return Json.object().put("errors", new Json.Arr(errors)).build();
    }

    public static ErrorDocument readErrors(byte[] bytes) throws InvalidJsonException {
        List<ErrorDocument.Entry> entries = new ArrayList<>();
        for (JsonMembers error : JsonMembers.parse("error document", bytes).objects("errors")) {
            entries.add(
                    new ErrorDocument.Entry(
                            error.text("code").orElse("UNKNOWN"),
                            error.text("message").orElse(""),
                            error.object().get("detail")));
        }
        return new ErrorDocument(entries);
    }

    public static Descriptor readDescriptor(JsonMembers json) throws InvalidJsonException {
        try {
            Optional<JsonMembers> platform = json.object("platform");
            return new Descriptor(
                    new MediaType(json.requiredText("mediaType")),
                    Digest.parse(json.requiredText("digest")),
                    json.requiredNumber("size"),
                    platform.isEmpty() ? Optional.empty() : readPlatform(platform.get()),
                    mediaType(json, "artifactType"),
                    json.textMap("annotations"),
                    json.texts("urls"),
                    json.text("data"));
        } catch (IllegalArgumentException e) {
            throw new InvalidJsonException(json.document() + ": " + e.getMessage(), e);
        }
    }

    private static Json toJson(Platform platform) {
        return Json.object()
                .put("architecture", platform.architecture())
                .put("os", platform.os())
                .putIf("variant", platform.variant().map(Json::of))
                .build();
    }

    private static Optional<Platform> readPlatform(JsonMembers json) throws InvalidJsonException {
        Optional<String> os = json.text("os").filter(text -> !text.isBlank());
        Optional<String> architecture = json.text("architecture").filter(text -> !text.isBlank());
        return os.isEmpty() || architecture.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Platform(
                                os.get(),
                                architecture.get(),
                                json.text("variant").filter(text -> !text.isBlank())));
    }

    private static MediaType manifestType(JsonMembers json, Optional<MediaType> declared)
            throws InvalidJsonException {
        if (json.number("schemaVersion").orElse(0L) != 2) {
            throw new InvalidJsonException(
                    "manifest: 'schemaVersion' is not 2; older manifests are not supported");
        }
        Optional<MediaType> own = mediaType(json, "mediaType");
        Optional<MediaType> named = declared.filter(OciJson::isManifest);
        if (own.isPresent() && named.isPresent() && !own.equals(named)) {
            throw new InvalidJsonException(
                    "manifest: 'mediaType' is "
                            + own.get()
                            + ", but it was sent as "
                            + named.get());
        }
        MediaType type = own.or(() -> named).orElseGet(() -> byShape(json));
        if (!isManifest(type)) {
            throw new InvalidJsonException(
                    "manifest: the media type '" + type + "' is not supported");
        }
        return type;
    }

    private static boolean isManifest(MediaType type) {
        return type.isIndex() || type.isImageManifest();
    }

    private static MediaType byShape(JsonMembers json) {
        return json.object().get("manifests").isPresent()
                ? MediaType.OCI_INDEX
                : MediaType.OCI_MANIFEST;
    }

    private static ImageManifest image(JsonMembers json, MediaType type)
            throws InvalidJsonException {
        return new ImageManifest(
                type,
                mediaType(json, "artifactType"),
                readDescriptor(json.requiredObject("config")),
                descriptors(json, "layers"),
                subject(json),
                json.textMap("annotations"));
    }

    private static ImageIndex index(JsonMembers json, MediaType type) throws InvalidJsonException {
        return new ImageIndex(
                type,
                mediaType(json, "artifactType"),
                descriptors(json, "manifests"),
                subject(json),
                json.textMap("annotations"));
    }

    private static Optional<Descriptor> subject(JsonMembers json) throws InvalidJsonException {
        Optional<JsonMembers> subject = json.object("subject");
        return subject.isEmpty() ? Optional.empty() : Optional.of(readDescriptor(subject.get()));
    }

    private static List<Descriptor> descriptors(JsonMembers json, String name)
            throws InvalidJsonException {
        List<Descriptor> descriptors = new ArrayList<>();
        for (JsonMembers item : json.objects(name)) {
            descriptors.add(readDescriptor(item));
        }
        return descriptors;
    }

    private static Optional<MediaType> mediaType(JsonMembers json, String name)
            throws InvalidJsonException {
        try {
            return json.text(name).filter(text -> !text.isEmpty()).map(MediaType::new);
        } catch (IllegalArgumentException e) {
            throw new InvalidJsonException(json.document() + ": " + e.getMessage(), e);
        }
    }
}
