package dev.jbuild.oci;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// [ImageConfig] as JSON, with the member names of the image-spec and docker.
public final class ImageConfigJson {
    private ImageConfigJson() {}

    /// The configuration as an OCI config blob.
    public static Encoded<ImageConfig> encode(ImageConfig config) {
        return Encoded.of(config, toJson(config).encode(), MediaType.OCI_CONFIG);
    }

    public static ImageConfig read(byte[] bytes) throws InvalidJsonException {
        JsonMembers json = JsonMembers.parse("image config", bytes);
        Optional<JsonMembers> container = json.object("config");
        Optional<JsonMembers> rootfs = json.object("rootfs");
        try {
            return new ImageConfig(
                    instant(json, "created"),
                    nonEmpty(json, "author"),
                    new Platform(
                            nonEmpty(json, "os").orElse("linux"),
                            nonEmpty(json, "architecture").orElse(Platform.host().architecture()),
                            nonEmpty(json, "variant")),
                    container.isEmpty() ? ContainerConfig.EMPTY : readContainer(container.get()),
                    rootfs.isEmpty()
                            ? List.of()
                            : rootfs.get().texts("diff_ids").stream().map(DiffId::parse).toList(),
                    readHistory(json));
        } catch (IllegalArgumentException e) {
            throw new InvalidJsonException("image config: " + e.getMessage(), e);
        }
    }

    public static Json.Obj toJson(ImageConfig config) {
        return Json.object()
                .putIf("created", config.created().map(time -> Json.of(time.toString())))
                .putIf("author", config.author().map(Json::of))
                .put("architecture", config.platform().architecture())
                .putIf("variant", config.platform().variant().map(Json::of))
                .put("os", config.platform().os())
                .put("config", toJson(config.config()))
                .put(
                        "rootfs",
                        Json.object()
                                .put("type", "layers")
                                .put(
                                        "diff_ids",
                                        Json.strings(
                                                config.diffIds().stream()
                                                        .map(DiffId::toString)
                                                        .toList()))
                                .build())
                .put(
                        "history",
                        Json.array(config.history().stream().map(ImageConfigJson::toJson).toList()))
                .build();
    }

    public static Json.Obj toJson(ContainerConfig config) {
        return Json.object()
                .putText("User", config.user())
                .putIf("ExposedPorts", set(config.exposedPorts()))
                .putStrings("Env", config.env())
                .putIf("Entrypoint", config.entrypoint().map(Json::strings))
                .putIf("Cmd", config.cmd().map(Json::strings))
                .putIf("Healthcheck", config.healthcheck().map(ImageConfigJson::toJson))
                .putIf("Volumes", set(config.volumes()))
                .putText("WorkingDir", config.workingDir())
                .putStrings("OnBuild", config.onBuild())
                .putStrings("Labels", new TreeMap<>(config.labels()))
                .putIf("StopSignal", config.stopSignal().map(Json::of))
                .putIf("Shell", config.shell().map(Json::strings))
                .build();
    }

    public static ContainerConfig readContainer(JsonMembers json) throws InvalidJsonException {
        Optional<JsonMembers> healthcheck = json.object("Healthcheck");
        return new ContainerConfig(
                json.text("User").orElse(""),
                new HashSet<>(json.names("ExposedPorts")),
                json.texts("Env"),
                optionalTexts(json, "Entrypoint"),
                optionalTexts(json, "Cmd"),
                new HashSet<>(json.names("Volumes")),
                json.text("WorkingDir").orElse(""),
                json.textMap("Labels"),
                nonEmpty(json, "StopSignal"),
                healthcheck.isEmpty()
                        ? Optional.empty()
                        : Optional.of(readHealthcheck(healthcheck.get())),
                optionalTexts(json, "Shell"),
                json.texts("OnBuild"));
    }

    public static Json.Obj toJson(History history) {
        Json.ObjectWriter json =
                Json.object()
                        .putIf("created", history.created().map(time -> Json.of(time.toString())))
                        .putIf("created_by", history.createdBy().map(Json::of))
                        .putIf("author", history.author().map(Json::of))
                        .putIf("comment", history.comment().map(Json::of));
        return (history.emptyLayer() ? json.put("empty_layer", true) : json).build();
    }

    public static History readHistoryEntry(JsonMembers json) throws InvalidJsonException {
        return new History(
                instant(json, "created"),
                json.text("created_by"),
                nonEmpty(json, "author"),
                nonEmpty(json, "comment"),
                json.flag("empty_layer"));
    }

    private static List<History> readHistory(JsonMembers json) throws InvalidJsonException {
        List<History> history = new ArrayList<>();
        for (JsonMembers entry : json.objects("history")) {
            history.add(readHistoryEntry(entry));
        }
        return history;
    }

    private static Json toJson(Healthcheck check) {
        return Json.object()
                .putStrings("Test", check.test())
                .putIf("Interval", nanos(check.interval()))
                .putIf("Timeout", nanos(check.timeout()))
                .putIf("StartPeriod", nanos(check.startPeriod()))
                .putIf("StartInterval", nanos(check.startInterval()))
                .putIf(
                        "Retries",
                        check.retries() == 0
                                ? Optional.empty()
                                : Optional.of(Json.of(check.retries())))
                .build();
    }

    private static Healthcheck readHealthcheck(JsonMembers json) throws InvalidJsonException {
        return new Healthcheck(
                json.texts("Test"),
                duration(json, "Interval"),
                duration(json, "Timeout"),
                duration(json, "StartPeriod"),
                duration(json, "StartInterval"),
                json.number("Retries").orElse(0L));
    }

    private static Optional<Json> nanos(Duration duration) {
        return duration.isZero() ? Optional.empty() : Optional.of(Json.of(duration.toNanos()));
    }

    private static Duration duration(JsonMembers json, String name) throws InvalidJsonException {
        return Duration.ofNanos(json.number(name).orElse(0L));
    }

    private static Optional<Json> set(Set<String> names) {
        if (names.isEmpty()) {
            return Optional.empty();
        }
        Json.ObjectWriter object = Json.object();
        new TreeSet<>(names).forEach(name -> object.put(name, Json.object().build()));
        return Optional.of(object.build());
    }

    private static Optional<List<String>> optionalTexts(JsonMembers json, String name)
            throws InvalidJsonException {
        return json.object().get(name).isEmpty() ? Optional.empty() : Optional.of(json.texts(name));
    }

    private static Optional<String> nonEmpty(JsonMembers json, String name)
            throws InvalidJsonException {
        return json.text(name).filter(text -> !text.isEmpty());
    }

    private static Optional<Instant> instant(JsonMembers json, String name)
            throws InvalidJsonException {
        Optional<String> text = nonEmpty(json, name);
        try {
            return text.map(t -> OffsetDateTime.parse(t).toInstant());
        } catch (DateTimeParseException e) {
            throw new InvalidJsonException(
                    json.document()
                            + ": '"
                            + name
                            + "' is '"
                            + text.orElse("")
                            + "', which is no RFC 3339 time",
                    e);
        }
    }
}
