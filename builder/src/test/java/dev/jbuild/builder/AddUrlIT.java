package dev.jbuild.builder;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static dev.jbuild.builder.BuildFixture.SYSTEM;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.oci.Digest;
import dev.jbuild.store.layer.TarEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// ADD of files on a web server, with real mounts.
class AddUrlIT extends InBuildFixture {
    private static final Digest CONTENT = Digest.sha256("content".getBytes(UTF_8));

    @RegisterExtension
    static final WireMockExtension SERVER =
            WireMockExtension.newInstance().options(wireMockConfig().dynamicPort()).build();

    @BeforeEach
    void open() throws IOException {
        SERVER.stubFor(
                get(urlEqualTo("/dir/file.bin"))
                        .willReturn(
                                aResponse()
                                        .withBody("content")
                                        .withHeader("ETag", "\"1\"")
                                        .withHeader(
                                                "Last-Modified", "Sat, 03 Feb 2024 04:05:06 GMT")));
    }

    @Test
    void a_file_is_private_to_root_and_has_the_servers_time() throws Exception {
        BuildResult result = fixture.build("FROM scratch\nADD " + url("/dir/file.bin") + " /to/");
        TarEntry entry = fixture.topEntry(result, "to/file.bin");
        assertEquals(0600, entry.metadata().mode());
        assertEquals(0, entry.metadata().uid());
        assertEquals(Instant.parse("2024-02-03T04:05:06Z"), entry.metadata().mtime());
    }

    @Test
    void without_a_slash_the_destination_is_the_file() throws Exception {
        BuildResult result = fixture.build("FROM scratch\nADD " + url("/dir/file.bin") + " /to/x");
        assertEquals(Set.of("to", "to/x"), fixture.topLayer(result).keySet());
    }

    @Test
    void chown_and_chmod_count() throws Exception {
        BuildResult result =
                fixture.build(
                        SYSTEM + "ADD --chown=app --chmod=755 " + url("/dir/file.bin") + " /x");
        TarEntry entry = fixture.topEntry(result, "x");
        assertEquals(1234, entry.metadata().uid());
        assertEquals(0755, entry.metadata().mode());
    }

    @Test
    void an_unchanged_file_is_cached() throws Exception {
        String dockerfile = "FROM scratch\nADD " + url("/dir/file.bin") + " /x";
        fixture.build(dockerfile);
        SERVER.stubFor(any(anyUrl()).willReturn(status(304)));
        fixture.build(dockerfile);
        assertEquals(List.of(), fixture.executed());
    }

    @Test
    void with_a_checksum_no_network_is_needed_again() throws Exception {
        String dockerfile =
                "FROM scratch\nADD --checksum=" + CONTENT + " " + url("/dir/file.bin") + " /x";
        fixture.build(dockerfile);
        SERVER.stubFor(any(anyUrl()).willReturn(status(500)));
        fixture.build(dockerfile);
        assertEquals(List.of(), fixture.executed());
        fixture.build(
                dockerfile + "\nADD --checksum=" + CONTENT + " " + url("/dir/file.bin") + " /y");
    }

    @Test
    void a_wrong_checksum_is_refused_with_its_line() {
        Digest wrong = Digest.sha256("wrong".getBytes(UTF_8));
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () ->
                                fixture.build(
                                        "FROM scratch\nADD --checksum="
                                                + wrong
                                                + " "
                                                + url("/dir/file.bin")
                                                + " /x"));
        assertTrue(e.getMessage().contains("Dockerfile:2: ADD: "), e.getMessage());
        assertTrue(e.getMessage().contains("checksum mismatch"), e.getMessage());
    }

    @Test
    void an_archive_is_unpacked_only_if_asked_for() throws Exception {
        fixture.write("tree/inside", "1");
        Path tar = fixture.context.resolveSibling("t.tar");
        assertEquals(
                0,
                new ProcessBuilder(
                                "tar",
                                "-C",
                                fixture.context + "/tree",
                                "-czf",
                                tar.toString(),
                                "inside")
                        .start()
                        .waitFor());
        SERVER.stubFor(
                get(urlEqualTo("/t.tgz"))
                        .willReturn(aResponse().withBody(Files.readAllBytes(tar))));
        assertEquals(
                Set.of("to", "to/t.tgz"),
                fixture.topLayer(fixture.build("FROM scratch\nADD " + url("/t.tgz") + " /to/"))
                        .keySet());
        assertEquals(
                Set.of("to", "to/inside"),
                fixture.topLayer(
                                fixture.build(
                                        "FROM scratch\nADD --unpack=true "
                                                + url("/t.tgz")
                                                + " /to/"))
                        .keySet());
    }

    @Test
    void a_password_is_in_no_history_and_no_event() throws Exception {
        String url = url("/dir/file.bin").replace("://", "://user:s3cret@");
        BuildResult result = fixture.build("FROM scratch\nADD " + url + " /x");
        assertFalse(fixture.config(result).history().toString().contains("s3cret"));
        assertFalse(fixture.events.toString().contains("s3cret"));
    }

    @Test
    void a_password_is_not_in_the_lines_that_an_error_shows() {
        SERVER.stubFor(any(anyUrl()).willReturn(status(404)));
        String url = url("/dir/file.bin").replace("://", "://user:s3cret@");
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () -> fixture.build("FROM scratch\nADD " + url + " /x"));
        assertTrue(e.render().contains("xxxxx:xxxxx@"), e.render());
        assertFalse(e.render().contains("s3cret"), e.render());
    }

    private static String url(String path) {
        return SERVER.baseUrl() + path;
    }
}
