package dev.jbuild.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// image-spec 1.1, config.md, with docker's additions.
class ImageConfigJsonTest {
    /// As docker 19 writes it: capital names, nulls, members of its own, an offset in the time.
    private static final String DOCKER =
            """
            {"architecture":"amd64","config":{"Hostname":"","Domainname":"","User":"www:www",
            "AttachStdin":false,"ExposedPorts":{"443/tcp":{},"80/tcp":{}},"Tty":false,
            "Env":["PATH=/usr/bin:/bin","NGINX_VERSION=1.17.0"],"Cmd":["nginx","-g","daemon off;"],
            "Healthcheck":{"Test":["CMD-SHELL","curl -f localhost"],"Interval":30000000000,
            "Retries":3},"ArgsEscaped":true,"Image":"sha256:aa","Volumes":{"/data":{}},
            "WorkingDir":"/srv","Entrypoint":null,"OnBuild":null,
            "Labels":{"maintainer":"NGINX"},"StopSignal":"SIGTERM"},"container":"abc",
            "created":"2019-06-12T02:20:35.123456789+02:00","docker_version":"18.06.1-ce",
            "history":[{"created":"2019-06-10T22:20:35Z","created_by":"/bin/sh -c #(nop) ADD file"},
            {"created":"2019-06-12T00:20:35Z","created_by":"CMD","empty_layer":true}],
            "os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}"""
                    .formatted("d".repeat(64));

    @Test
    void configuration_that_docker_made_is_read() throws Exception {
        ImageConfig config = ImageConfigJson.read(DOCKER.getBytes(UTF_8));
        ContainerConfig container = config.config();
        assertEquals(Platform.of("linux", "amd64"), config.platform());
        assertEquals(
                Optional.of(Instant.parse("2019-06-12T00:20:35.123456789Z")), config.created());
        assertEquals("www:www", container.user());
        assertEquals(Set.of("80/tcp", "443/tcp"), container.exposedPorts());
        assertEquals(Optional.of("1.17.0"), container.env("NGINX_VERSION"));
        assertEquals(Optional.empty(), container.entrypoint());
        assertEquals(Optional.of(List.of("nginx", "-g", "daemon off;")), container.cmd());
        assertEquals(Set.of("/data"), container.volumes());
        assertEquals("/srv", container.workingDir());
        assertEquals(Map.of("maintainer", "NGINX"), container.labels());
        assertEquals(Optional.of("SIGTERM"), container.stopSignal());
        Healthcheck check = container.healthcheck().orElseThrow();
        assertEquals(Duration.ofSeconds(30), check.interval());
        assertEquals(3, check.retries());
        assertEquals(1, config.diffIds().size());
        assertEquals(
                List.of(false, true), config.history().stream().map(History::emptyLayer).toList());
    }

    @Test
    void what_is_written_is_read_again() throws Exception {
        ImageConfig config = ImageConfigJson.read(DOCKER.getBytes(UTF_8));
        Encoded<ImageConfig> encoded = ImageConfigJson.encode(config);
        assertEquals(config, ImageConfigJson.read(encoded.bytes()));
        assertEquals(encoded.descriptor(), ImageConfigJson.encode(config).descriptor());
    }

    @Test
    void sets_and_labels_are_written_in_order() throws Exception {
        ImageConfig config = ImageConfigJson.read(DOCKER.getBytes(UTF_8));
        String json = new String(ImageConfigJson.toJson(config.config()).encode(), UTF_8);
        assertEquals(
                "{\"User\":\"www:www\",\"ExposedPorts\":{\"443/tcp\":{},\"80/tcp\":{}},"
                        + "\"Env\":[\"PATH=/usr/bin:/bin\",\"NGINX_VERSION=1.17.0\"],"
                        + "\"Cmd\":[\"nginx\",\"-g\",\"daemon off;\"],"
                        + "\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"curl -f localhost\"],"
                        + "\"Interval\":30000000000,\"Retries\":3},\"Volumes\":{\"/data\":{}},"
                        + "\"WorkingDir\":\"/srv\",\"Labels\":{\"maintainer\":\"NGINX\"},"
                        + "\"StopSignal\":\"SIGTERM\"}",
                json);
    }

    @Test
    void empty_entrypoint_is_not_the_same_as_none() throws Exception {
        ContainerConfig reset =
                ImageConfigJson.readContainer(
                        JsonMembers.parse("config", "{\"Entrypoint\":[]}".getBytes(UTF_8)));
        assertEquals(Optional.of(List.of()), reset.entrypoint());
    }

    @Test
    void malformed_time_is_refused() {
        assertThrows(
                InvalidJsonException.class,
                () -> ImageConfigJson.read("{\"created\":\"yesterday\"}".getBytes(UTF_8)));
    }

    @Test
    void malformed_diff_id_is_refused() {
        assertThrows(
                InvalidJsonException.class,
                () ->
                        ImageConfigJson.read(
                                "{\"rootfs\":{\"diff_ids\":[\"sha256:12\"]}}".getBytes(UTF_8)));
    }
}
