package dev.jbuild.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// image-spec 1.1, manifest.md and image-index.md; distribution-spec 1.1, "Error Codes".
class OciJsonTest {
    private static final String CONFIG = "sha256:" + "c".repeat(64);
    private static final String LAYER = "sha256:" + "1".repeat(64);
    private static final String MANIFEST =
            "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
                    + "\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\","
                    + "\"digest\":\""
                    + CONFIG
                    + "\",\"size\":7},\"layers\":[{\"mediaType\":"
                    + "\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\""
                    + LAYER
                    + "\",\"size\":9000000000}],\"annotations\":{\"a\":\"1\",\"b\":\"2\"}}";

    @Test
    void what_is_written_is_read_and_written_again_byte_for_byte() throws Exception {
        Encoded<ImageManifest> read =
                OciJson.readImageManifest(MANIFEST.getBytes(UTF_8), Optional.empty());
        assertEquals(9_000_000_000L, read.value().layers().getFirst().size());
        assertEquals(MANIFEST, new String(OciJson.encode(read.value()).bytes(), UTF_8));
    }

    @Test
    void bytes_as_received_decide_the_digest() throws Exception {
        byte[] spaced = MANIFEST.replace(",\"", ",\n   \"").getBytes(UTF_8);
        Encoded<Manifest> read = OciJson.readManifest(spaced, Optional.empty());
        assertArrayEquals(spaced, read.bytes());
        assertEquals(Digest.sha256(spaced), read.descriptor().digest());
    }

    @Test
    void index_with_platforms_comes_back_as_it_was() throws Exception {
        Descriptor child =
                new Descriptor(MediaType.OCI_MANIFEST, Digest.parse(CONFIG), 5)
                        .withPlatform(new Platform("linux", "arm", Optional.of("v7")));
        Encoded<ImageIndex> index = OciJson.encode(ImageIndex.of(List.of(child)));
        assertEquals(
                "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\","
                        + "\"manifests\":[{\"mediaType\":"
                        + "\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\""
                        + CONFIG
                        + "\",\"size\":5,\"platform\":{\"architecture\":\"arm\",\"os\":\"linux\","
                        + "\"variant\":\"v7\"}}]}",
                new String(index.bytes(), UTF_8));
        assertEquals(index.value(), OciJson.readManifest(index.bytes(), Optional.empty()).value());
    }

    @Test
    void kind_without_a_media_type_shows_in_the_shape() throws Exception {
        byte[] index = "{\"schemaVersion\":2,\"manifests\":[]}".getBytes(UTF_8);
        assertEquals(
                MediaType.OCI_INDEX,
                OciJson.readManifest(index, Optional.empty()).value().mediaType());
    }

    @Test
    void media_type_that_contradicts_the_header_is_refused() {
        InvalidJsonException e =
                assertThrows(
                        InvalidJsonException.class,
                        () ->
                                OciJson.readManifest(
                                        MANIFEST.getBytes(UTF_8),
                                        Optional.of(MediaType.DOCKER_MANIFEST)));
        assertTrue(e.toString().contains("but it was sent as"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{}",
                "{\"schemaVersion\":1}",
                "{\"schemaVersion\":2,\"layers\":[]}",
                "{\"schemaVersion\":2,\"config\":{},\"layers\":[]}",
                "{\"schemaVersion\":2,\"manifests\":{}}",
                "{\"schemaVersion\":2,\"manifests\":[]} x",
                "{\"schemaVersion\":2,\"schemaVersion\":2,\"manifests\":[]}",
                "{\"schemaVersion\":2,\"mediaType\":\"text/plain\"}",
            })
    void what_is_no_manifest_is_refused(String text) {
        assertThrows(
                InvalidJsonException.class,
                () -> OciJson.readManifest(text.getBytes(UTF_8), Optional.empty()));
    }

    @Test
    void size_below_zero_is_refused() {
        String negative = MANIFEST.replace("\"size\":7", "\"size\":-7");
        assertThrows(
                InvalidJsonException.class,
                () -> OciJson.readManifest(negative.getBytes(UTF_8), Optional.empty()));
    }

    @Test
    void error_document_comes_back_as_it_was() throws Exception {
        String json =
                "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"no tag v9\","
                        + "\"detail\":{\"tag\":\"v9\"}},{\"code\":\"X_OWN\",\"message\":\"\"}]}";
        ErrorDocument document = OciJson.readErrors(json.getBytes(UTF_8));
        assertEquals("no tag v9", document.errors().getFirst().message());
        assertEquals(json, new String(OciJson.toJson(document).encode(), UTF_8));
        assertEquals(Optional.of(ErrorCode.MANIFEST_UNKNOWN), ErrorCode.byName("MANIFEST_UNKNOWN"));
        assertEquals(404, ErrorCode.MANIFEST_UNKNOWN.status());
    }
}
